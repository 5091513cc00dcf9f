/**
 * What bundles import in place of `node:http`. An ES module import of it reads all of its exports, and reading `WebSocket` makes
 * Node load its whole fetch library: 50 ms of each cold start for something that no function uses.
 */
const http = process.getBuiltinModule('node:http');

export default http;
export const { Agent, request } = http;
