// What esbuild bundles besides code.
declare module "*.css";
