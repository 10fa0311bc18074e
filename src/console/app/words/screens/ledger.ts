/** The words of the ledger of stock. */
export const words = {
  heading: "Ledger",
  store: "Store",
  kind: "Kind",
  productId: "Product’s id",
  orderId: "Order’s id",
  from: "From",
  until: "Until",
  when: "When",
  product: "Product",
  sellable: "Sellable",
  reserved: "Reserved",
  order: "Order",
  reason: "Reason",
};
