/** The words of the users. */
export const words = {
  orders: "This user’s orders",
  search: "Search",
  role: "Role",
  signIn: "Sign-in",
  allowed: "Allowed",
  disabled: "Disabled",
  username: "Username",
  email: "E-mail",
  name: "Name",
  made: "Made",
};
