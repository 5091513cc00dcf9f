/** What bundles import in place of `pino`, with which the EdgeGrid signer would log the key that it signs with, if asked to. */
const nothing = () => {};

module.exports = () => ({ debug: nothing, info: nothing, warn: nothing, error: nothing });
