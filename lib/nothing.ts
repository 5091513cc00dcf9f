/** What bundles import in place of a package that only browsers need. */
export default {};
