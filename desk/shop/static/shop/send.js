// Send a task and lead to its result. If no answer comes, look up by the key whether it was booked.
(function () {
  const form = document.querySelector("form.task");
  if (!form || form.dataset.plain !== undefined) return;
  const button = form.querySelector(".send-task :is(.primary, .danger)");

  function say(text, link) {
    const notice = document.createElement("p");
    notice.className = "refusal";
    notice.append(text);
    if (link) notice.append(" ", Object.assign(document.createElement("a"), { href: link, target: "_blank", textContent: form.dataset.signIn }));
    form.querySelector(".notices").replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  }

  function show(page) {
    form.task.leave();
    document.open();
    document.write(page);
    document.close();
    scrollTo(0, 0);
  }

  async function post() {
    const headers = { "X-Task": "yes", Accept: "text/html" };
    const answer = await fetch(form.action || location.href, { method: "POST", headers, body: new FormData(form) });
    const text = await answer.text();  // fails if the connection breaks in the middle
    if (answer.status === 401) return say(form.dataset.signedOut, JSON.parse(text).sign_in);
    if (answer.status >= 500) throw new Error(text);
    const isDone = answer.status === 201, isPage = answer.headers.get("Content-Type").startsWith("text/html");
    if (!isDone && !isPage) return say(text);
    if (isDone) form.task.finish();
    if (isPage) return show(text);  // with what is wrong, or with a secret
    location.assign(JSON.parse(text).location);
  }

  async function wasBooked() {
    const query = new URLSearchParams({ key: form.elements._idempotency_key.value });
    const answer = await fetch(`/shop/sent/?${query}`);
    return answer.ok && (await answer.json()).is_booked;
  }

  // A form that was booked is sent again: its key makes the answer the first one, and nothing is booked twice. Of other
  // forms nobody knows whether they arrived.
  async function findOut() {
    if (!form.dataset.lost) return say(form.dataset.offline);
    say(form.dataset.lost);
    try {
      if (await wasBooked()) await post();
      else say(form.dataset.notBooked);
    } catch {
      say(form.dataset.offline);
    }
  }

  form.addEventListener("submit", async function (event) {
    if (["choose", "take"].includes(event.submitter?.name)) return;
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    form.task.save();
    try {
      await post();
    } catch {
      await findOut();
    } finally {
      button.disabled = false;
    }
  });
})();
