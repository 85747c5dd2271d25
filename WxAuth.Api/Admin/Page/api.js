import { language } from './i18n.js';
import { Problem, readJson } from './problem.js';

// The tokens live in this variable and nowhere else: a reload signs out.
let session = null;
let refreshing = null;
let onEnded = () => {};

export const currentUser = () => session?.user ?? null;
export const currentSessionId = () => session?.sessionId ?? null;

/** Called with the problem when the server no longer accepts the session. */
export const whenEnded = (handler) => { onEnded = handler; };

async function send(method, path, { body, signal, token } = {}) {
  const headers = { Accept: 'application/json, application/problem+json', 'Accept-Language': language() };
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(path, { method, headers, signal, cache: 'no-store', body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    throw error.name === 'AbortError' ? error : Problem.network();
  }
  if (!response.ok) {
    throw await Problem.from(response);
  }
  return response.status === 204 ? null : readJson(response);
}

export async function signIn(userName, password) {
  const answer = await send('POST', '/api/auth/password', { body: { userName, password } });
  session = { accessToken: answer.accessToken, refreshToken: answer.refreshToken, sessionId: answer.sessionId, user: answer.user };
  return session.user;
}

/** Forgets the tokens first: whatever the network does, this page is signed out. */
export async function signOut() {
  const { accessToken, refreshToken } = session;
  session = null;
  await send('POST', '/api/auth/logout', { body: { refreshToken }, token: accessToken });
}

// Requests that expire together share one refresh.
function refresh(old) {
  refreshing ??= send('POST', '/api/auth/refresh', { body: { refreshToken: old.refreshToken } })
    .then((answer) => { Object.assign(old, { accessToken: answer.accessToken, refreshToken: answer.refreshToken }); })
    .finally(() => { refreshing = null; });
  return refreshing;
}

/** One call as the signed-in administrator. Throws a Problem, or AbortError once the signal has fired. */
export async function call(method, path, { body, signal } = {}) {
  const own = session;
  if (own === null) {
    throw new DOMException('Signed out.', 'AbortError');
  }
  try {
    const token = own.accessToken;
    try {
      return await send(method, path, { body, signal, token });
    } catch (problem) {
      if (problem.code !== 'token_expired') {
        throw problem;
      }
      if (own.accessToken === token) {
        await refresh(own);
      }
      signal?.throwIfAborted();
      return await send(method, path, { body, signal, token: own.accessToken });
    }
  } catch (problem) {
    if (problem.status === 401 && session === own) {
      session = null;
      onEnded(problem);
    }
    throw problem.status === 401 ? new DOMException('Signed out.', 'AbortError') : problem;
  }
}

const query = (parameters) => new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)).toString();
const user = (id) => `/api/admin/users/${encodeURIComponent(id)}`;

export const api = {
  users: (parameters, signal) => call('GET', `/api/admin/users?${query({ limit: 50, ...parameters })}`, { signal }),
  user: (id, signal) => call('GET', user(id), { signal }),
  disable: (id) => call('POST', `${user(id)}/disable`),
  enable: (id) => call('POST', `${user(id)}/enable`),
  endSessions: (id) => call('DELETE', `${user(id)}/sessions`),
  setRoles: (id, roles) => call('PUT', `${user(id)}/roles`, { body: { roles } }),
  createAccount: (account) => call('POST', '/api/admin/accounts', { body: account }),
  audit: (parameters, signal) => call('GET', `/api/admin/audit?${query({ limit: 50, ...parameters })}`, { signal }),
};
