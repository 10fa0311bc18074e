/** The words of the categories. */
export const words = { image: "Image", name: "Name", status: "Status", changed: "Changed" };
