// Swagger UI is dark where its page has this class.
document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);
// Swagger UI draws a second <main> into the page's, skips a level of headings, and leaves lists to choose from unnamed.
const INSTEAD = { main: "div", h3: "h2", h4: "h3", h5: "h4" };
const create = document.createElement.bind(document);
document.createElement = (name, options) => {
  const element = create(INSTEAD[name] ?? name, options);
  if (name === "select") element.setAttribute("aria-label", "Value"); // its own name replaces this one
  return element;
};
