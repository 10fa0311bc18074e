/** The words of the stock: of a store, of a product, and of the dialog that changes it. */
export const words = {
  heading: "Stock",
  store: "Store",
  noStores: "There are no stores yet. Make one first.",
  nothing: "This store has nothing yet. Open a product and set its stock here.",
  shelf: "What the store has",
  product: "Product",
  sku: "SKU",
  price: "Price",
  sellable: "Sellable",
  reserved: "Reserved",
  change: "Change",
  thisStore: "this store",
  thisProduct: "this product",
  /** After how many there are. */
  sellableIn: (store: string, reserved: string) => `can be sold in ${store}, ${reserved} are reserved.`,
  sellableInAll: (count: string) => `${count} can be sold over all stores.`,
  sellableNow: (count: string) => `${count} can be sold now.`,
  /** After a store's name. */
  quantity: (count: string, reserved: string | undefined) =>
    reserved === undefined ? `: ${count}` : `: ${count}, ${reserved} reserved`,
  toProduct: "The product",
  toStore: "All of this store’s stock",
  buttons: { set: "Set", adjust: "Adjust", transfer: "Transfer" },
  buttonLabels: {
    set: (title: string) => `set stock of ${title}`,
    adjust: (title: string) => `adjust stock of ${title}`,
    transfer: (title: string) => `transfer stock of ${title}`,
  },
  titles: {
    set: (title: string) => `Set the stock of ${title}`,
    adjust: (title: string) => `Adjust the stock of ${title}`,
    transfer: (title: string) => `Transfer ${title}`,
  },
  save: "Save",
  cancel: "Cancel",
};
