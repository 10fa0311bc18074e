/** What the build takes in beside code. */
declare module "*.css";
