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
  /** `wx`, `uni` or `Taro`; default: `wx`, or `uni` where there is no `wx`. */
  platform?: WxAuthPlatform;
  /** What stands for the clock; for tests. */
  clock?: WxAuthClock;
  /** What stands for `Math.random`; for tests. */
  random?: () => number;
}

/** How the platform tells the end of a call. */
export interface WxAuthCallbacks<T> {
  success?(result: T): void;
  fail?(error: { errMsg: string }): void;
}

/** The part of `wx`, `uni` or `Taro` that this library calls. The privacy interfaces may be absent. */
export interface WxAuthPlatform {
  login(options: WxAuthCallbacks<{ code: string; errMsg: string }> & { timeout?: number }): unknown;
  request(options: any): unknown;
  uploadFile(options: any): unknown;
  getStorageSync(key: string): any;
  setStorageSync(key: string, value: any): void;
  getPrivacySetting?(options: WxAuthCallbacks<{ needAuthorization: boolean; privacyContractName: string; errMsg: string }>): unknown;
  requirePrivacyAuthorize?(options: any): unknown;
  openPrivacyContract?(options: any): unknown;
  onNeedPrivacyAuthorization?(listener: (resolve: any, info?: any) => void): void;
}

export interface WxAuthClock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The options of `wx.request` without its callbacks, and two more. */
export interface WxAuthRequest {
  /** A path under `baseUrl`, or an address under `baseUrl` or one of `apis`. */
  url: string;
  /** Default GET. `wx.request` has no PATCH. */
  method?: 'OPTIONS' | 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'TRACE' | 'CONNECT';
  data?: string | object | ArrayBuffer;
  header?: Record<string, string>;
  /** Milliseconds. */
  timeout?: number;
  dataType?: string;
  responseType?: 'text' | 'arraybuffer';
  enableHttp2?: boolean;
  enableQuic?: boolean;
  enableCache?: boolean;
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

/** What a getPhoneNumber or getRealtimePhoneNumber button hands over. */
export interface WxAuthPhoneEvent {
  detail: { code?: string; encryptedData?: string; iv?: string; errMsg?: string; errno?: number };
}

/** A web page that asks to be signed in, by the mini-program code that it shows. */
export interface WxAuthScan {
  scanId: string;
  appId: string;
  status: 'pending' | 'scanned' | 'approved' | 'denied';
  createdAt: string;
  expiresAt: string;
  /** Where the page is open, as its browser told it: to be shown before the user approves. */
  ip: string | null;
  userAgent: string | null;
}

export interface WxAuthScans {
  /** Who asks. Takes `scene` of the page's `onLoad`, which is the scan's id; the web page then shows that it was scanned. */
  read(scene: string): Promise<WxAuthScan>;
  /** Signs the web page in, as this user, in a session of its own. */
  approve(scanId: string): Promise<void>;
  deny(scanId: string): Promise<void>;
}

/** A question to the user: something personal was asked for, and waits until one of the two is called. */
export interface WxAuthPrivacyAsk {
  /** What was asked for, such as `button.getPhoneNumber`. */
  referrer: string;
  /** To be called from `bindagreeprivacyauthorization` of `<button open-type="agreePrivacyAuthorization">`, with that button's id. */
  agree(buttonId: string): void;
  /** What was asked for fails with `privacy_refused`; the user can go on without. */
  disagree(): void;
}

/** Consent to the mini-program's privacy text. On a WeChat older than 2.32.3 nothing is ever needed. */
export interface WxAuthPrivacy {
  /** Whether the user still has to agree, and what the text is called. */
  check(): Promise<{ needed: boolean; contractName: string }>;
  /** Asks now, at a moment of one's own. Rejects with `privacy_refused`. */
  ask(): Promise<void>;
  /** Shows the text itself. */
  openContract(): Promise<void>;
  /**
   * Shows the question in a window of one's own instead of WeChat's. WeChat knows one listener alone: where several pages have a
   * window, the one that came last is asked, and calling this again with the same function makes it the last. Gives what stops it.
   */
  onNeeded(show: (ask: WxAuthPrivacyAsk) => void): () => void;
}

/**
 * What every call fails with. Codes of the server: see its documentation. Codes of this library: `network` (no answer, or none
 * from the login server), `wx_login_failed`, `signed_out`, `api_unknown`, `method_unknown`, `phone_denied`, `phone_quota_used_up`,
 * `privacy_refused`, `privacy_undeclared`, `http_NNN` (an error answer that is not WxAuth's).
 */
export class WxAuthError extends Error {
  constructor(fields: Pick<WxAuthError, 'code' | 'action'> & Partial<WxAuthError>);
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
  /** Takes the event of a getPhoneNumber or getRealtimePhoneNumber button. */
  phone(event: WxAuthPhoneEvent): Promise<WxAuthUser>;
  /** Uploads the temporary file of a chooseAvatar button. */
  avatar(path: string): Promise<WxAuthUser>;
  /** Signs out on this phone at once, and resolves once the server knows it. Nothing logs in silently until `login()`. */
  logout(): Promise<void>;
  /** Calls back once for every session that ended: `logout`, the server's `reason`, or the problem's code. Gives what stops it. */
  onSignedOut(listener: (reason: string, event: WxAuthSignedOut) => void): () => void;
  readonly scans: WxAuthScans;
  readonly privacy: WxAuthPrivacy;
  /** The user as the server last told it; null when signed out. */
  readonly user: WxAuthUser | null;
  readonly sessionId: string | null;
}

/** One for the whole app: make it in app.js or a module of its own. */
export function createWxAuth(options: WxAuthOptions): WxAuth;

/** `auth.privacy` without the rest, for a component that knows no `auth`. */
export function createPrivacy(platform?: WxAuthPlatform): WxAuthPrivacy;
