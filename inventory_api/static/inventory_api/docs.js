// This class makes Swagger UI dark, even if the screen becomes dark later.
const darkScreen = matchMedia("(prefers-color-scheme: dark)");
const followScreen = () => document.documentElement.classList.toggle("dark-mode", darkScreen.matches);
followScreen();
darkScreen.addEventListener("change", followScreen);
// Accessibility: Swagger UI adds a second <main>, skips a level of headings, and has selects without a name.
const REPLACEMENTS = { main: "div", h3: "h2", h4: "h3", h5: "h4" };
const create = document.createElement.bind(document);
document.createElement = (name, options) => {
  const element = create(REPLACEMENTS[name] ?? name, options);
  if (name === "select") element.setAttribute("aria-label", "Value"); // a name of the element itself replaces this one
  return element;
};
