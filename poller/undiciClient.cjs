/**
 * Of undici what the poller calls, in place of its index, which loads fetch, WebSocket, caches, mocks and more: an eighth of
 * the function package, and of what a cold start has to run. Only the bundle has this; the files are those of the exact
 * version in package-lock.json.
 */
const Agent = require("../node_modules/undici/lib/dispatcher/agent.js");
const Dispatcher = require("../node_modules/undici/lib/dispatcher/dispatcher.js");
const request = require("../node_modules/undici/lib/api/api-request.js");

// As the index does it.
Object.assign(Dispatcher.prototype, { request });

const everybodys = new Agent();

module.exports = {
  Agent,
  request(url, options) {
    const { origin, pathname, search } = new URL(url);
    return everybodys.request({ ...options, origin, path: `${pathname}${search}` });
  },
};
