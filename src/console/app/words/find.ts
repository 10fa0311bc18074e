/** The words of the search for anything. */
export const words = {
  open: "Search",
  keys: "Ctrl K",
  heading: "Search everything",
  field: "Order, e-mail, name, product, store, promotion",
  looking: "Looking",
  nothing: (query: string) => `Nothing is found by “${query}”.`,
};
