// A button with data-passkey asks the browser to make or to use a passkey, and sends the form around it with what the
// browser has answered. The options are in data-options, or the service returns them from the address in data-from.
document.querySelectorAll("[data-passkey]").forEach(function (button) {
  // The button stays hidden in an old browser, and at an IP address, to which no passkey can belong.
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON || /^[\d.]+$|:/.test(location.hostname)) return;
  button.hidden = false;
  button.addEventListener("click", async function () {
    const notice = button.nextElementSibling;
    notice.hidden = true;
    try {
      const options = button.dataset.options ? JSON.parse(button.dataset.options) : await fetchOptions(button);
      button.form.elements.credential.value = JSON.stringify(await ask(button.dataset.passkey, options));
      button.form.submit();
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      notice.textContent = button.dataset.failed;
      notice.hidden = false;
    }
  });

  async function fetchOptions(button) {
    const token = button.form.querySelector("[name=csrfmiddlewaretoken]").value;
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    const answer = await fetch(button.dataset.from, { method: "POST", headers });
    if (!answer.ok) throw new TypeError((await answer.json()).detail);
    return answer.json();
  }

  async function ask(verb, options) {
    const made = verb === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    return made.toJSON();
  }
});
