/**
 * A bug in a gateway process, put in from outside: `node --import` runs this file before main.js. The registry then throws
 * where one user logs in and where another renews, in the midst of the gateway's own code, and tells of
 * users what no frame can hold.
 */
import { MemoryRegistry } from '../../dist/gateway/registry/memory/memory-registry.js';

breakFor('login', 'login-bug', 'a bug at the login');
breakFor('renew', 'renew-bug', 'a bug at the renewal');

function breakFor(method, userId, message) {
  const { value } = Object.getOwnPropertyDescriptor(MemoryRegistry.prototype, method);
  MemoryRegistry.prototype[method] = function (session, ...rest) {
    if (session.userId === userId) throw new Error(message);
    return value.call(this, session, ...rest);
  };
}

/** What no answer can hold, and what no frame can. */
const unspeakable = {
  'answer-bug': { customStatus: 1n },
  'frame-bug': { version: Symbol('none') },
};

MemoryRegistry.prototype.statuses = function (users) {
  const status = { state: 'online', platforms: [], customStatus: '', version: 1 };
  return Promise.resolve(users.map((user) => ({ user, ...status, ...unspeakable[user.userId] })));
};
