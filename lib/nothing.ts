/** What bundles import in place of a package that is never asked for anything. */
export default {};
