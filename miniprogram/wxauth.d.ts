/** WxAuth for mini-programs. See README.md beside this file. */

export type WxAuthAction = 'refresh' | 'login_again' | 'bind_account' | 'retry_later' | 'fix_request' | 'contact_support';

export interface WxAuthUser {
  id: string;
  nickname: string | null;
  avatarUrl: string | null;
  phoneNumber: string | null;
  userName: string | null;
  roles: string[];
  createdAt: string;
}

export interface WxAuthSession {
  user: WxAuthUser | null;
  /** True for the login that made this user, false for every later one. */
  isNewUser: boolean;
  sessionId: string;
  /** Why the phone number of `login({ phoneCode })` was refused; the login itself has worked. */
  phoneError?: string;
}

export interface WxAuthOptions {
  /** Address of the WxAuth server, such as `https://login.example.com`; https outside development. */
  baseUrl: string;
  /** Needed where the server serves several mini-programs. */
  appId?: string;
  /** Addresses of other services that get the token too. It goes nowhere else. */
  apis?: string[];
  /** Where the tokens are kept; default `wxauth`. */
  storageKey?: string;
  /** `zh-CN` or `en`: the language of error texts; default: what the phone sends. */
  language?: string;
  /** What stands for `wx`; for tests and simulators. */
  wx?: WxAuthPlatform;
  /** What stands for the clock; for tests. */
  clock?: WxAuthClock;
  /** What stands for `Math.random`; for tests. */
  random?: () => number;
}

/** The part of `wx` that this library calls. */
export type WxAuthPlatform = Pick<WechatMiniprogram.Wx, 'login' | 'request' | 'uploadFile' | 'getStorageSync' | 'setStorageSync'>;

export interface WxAuthClock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The options of `wx.request` without its callbacks, and two more. */
export interface WxAuthRequest extends Omit<WechatMiniprogram.RequestOption, 'success' | 'fail' | 'complete' | 'header'> {
  /** A path under `baseUrl`, or an address under `baseUrl` or one of `apis`. */
  url: string;
  header?: Record<string, string>;
  /** False: sent without a token and without a login. */
  auth?: boolean;
  /** Whether a lost answer or a 5xx may be repeated; default: GET and HEAD. 429 and 503 always are. */
  retry?: boolean;
}

export interface WxAuthResponse<T> {
  statusCode: number;
  header: Record<string, string>;
  data: T;
}

export interface WxAuthLoginOptions {
  /** A new login although there is a session; the old session is ended. */
  force?: boolean;
  /** `e.detail.code` of a getPhoneNumber button: login and phone number in one call. */
  phoneCode?: string;
}

export interface WxAuthSignedOut {
  /** The problem code that told it, or `signed_out`. */
  code: string;
  sessionId: string;
  /** True: a silent login follows. */
  recovering: boolean;
}

/**
 * What every call fails with. Codes of the server: see its documentation. Codes of this library: `network` (no answer, or none
 * from the login server), `wx_login_failed`, `signed_out`, `api_unknown`, `phone_denied`, `phone_quota_used_up`, `http_NNN`
 * (an error answer that is not WxAuth's).
 */
export class WxAuthError extends Error {
  constructor(fields: Partial<WxAuthError> & { code: string; action: string });
  readonly name: 'WxAuthError';
  readonly code: string;
  readonly action: WxAuthAction;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Fit to be shown to the user where the server wrote it. */
  readonly title: string;
  readonly detail: string;
  readonly traceId: string;
  /** Seconds, where the server asks for patience. */
  readonly retryAfter: number | undefined;
  /** Why the session ended, with `session_revoked`. */
  readonly reason: string | undefined;
  /** Field to messages, with `validation_failed`. */
  readonly errors: Record<string, string[]> | undefined;
}

export interface WxAuth {
  /** Resolves once there is a session; logs in silently where there is none. Rejects after `logout()`. */
  ready(): Promise<WxAuthSession>;
  /** Logs in, or gives the session that is there. Lifts what `logout()` or a refusal has stopped. */
  login(options?: WxAuthLoginOptions): Promise<WxAuthSession>;
  /** `wx.request` with the token. Resolves for 2xx and 3xx, rejects with a WxAuthError for all else. */
  request<T = any>(options: WxAuthRequest): Promise<WxAuthResponse<T>>;
  /** Binds this WeChat user to a platform account and logs in. */
  bind(userName: string, password: string): Promise<WxAuthSession>;
  /** Takes the event of a getPhoneNumber button. */
  phone(event: { detail: { code?: string; encryptedData?: string; iv?: string; errMsg?: string; errno?: number } }): Promise<WxAuthUser>;
  /** Uploads the temporary file of a chooseAvatar button. */
  avatar(path: string): Promise<WxAuthUser>;
  /** Signs out on this phone at once, and resolves once the server knows it. Nothing logs in silently until `login()`. */
  logout(): Promise<void>;
  /** Calls back once for every session that ended: `logout`, the server's `reason`, or the problem's code. Gives what stops it. */
  onSignedOut(listener: (reason: string, event: WxAuthSignedOut) => void): () => void;
  /** The user as the server last told it; null when signed out. */
  readonly user: WxAuthUser | null;
  readonly sessionId: string | null;
}

/** One for the whole app: make it in app.js or a module of its own. */
export function createWxAuth(options: WxAuthOptions): WxAuth;
