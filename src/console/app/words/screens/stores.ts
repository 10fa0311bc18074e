/** The words of the stores. */
export const words = {
  name: "Name",
  address: "Address",
  phone: "Phone",
  lowBelow: "Low below",
  status: "Status",
  stock: "Stock",
  stockOf: (store: string) => `Stock of ${store}`,
};
