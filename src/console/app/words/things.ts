/** What each kind of thing is called, one of it and many. */
export const things = {
  product: { one: "product", many: "products" },
  category: { one: "category", many: "categories" },
  store: { one: "store", many: "stores" },
  movement: { one: "movement", many: "movements" },
  order: { one: "order", many: "orders" },
  promotion: { one: "promotion", many: "promotions" },
  user: { one: "user", many: "users" },
  serviceKey: { one: "service key", many: "service keys" },
  webhook: { one: "webhook", many: "webhooks" },
  delivery: { one: "delivery", many: "deliveries" },
  deadLetter: { one: "dead letter", many: "dead letters" },
  auditEvent: { one: "audit event", many: "audit events" },
};
