/** The words of the list of orders, and of what is done to many of them. */
export const words = {
  search: "Order’s id or its end, e-mail, name or SKU",
  status: "Status",
  store: "Store",
  from: "From",
  until: "Until",
  userId: "User’s id",
  order: "Order",
  placed: "Placed",
  lines: "Lines",
  total: "Total",
  buyer: "Buyer",
  ship: "Ship",
  shipped: "Confirmed → Shipped",
  notConfirmed: (status: string) => `is ${status.toLowerCase()}, not confirmed`,
};
