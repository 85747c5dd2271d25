import { t } from './i18n.js';
import { h } from './dom.js';

/** A refusal, in the members of RFC 9457, or the same shape for a server that could not be reached. */
export class Problem extends Error {
  constructor(members) {
    super(members.title);
    Object.assign(this, { status: 0, code: null, action: null, detail: null, traceId: null, errors: null, reason: null, retryAfter: null }, members);
  }

  static network = () => new Problem({ code: 'network', title: t('network'), detail: t('networkDetail') });

  static async from(response) {
    const members = { title: t('httpStatus', { status: response.status }), status: response.status };
    if (response.headers.get('Content-Type')?.includes('json')) {
      const { title, detail, code, action, traceId, errors, reason } = await readJson(response);
      Object.assign(members, { title: title ?? members.title, detail, code, action, traceId, errors, reason });
    }
    // Our server sends whole seconds; a proxy may send a date, which is of no use here.
    const seconds = Number(response.headers.get('Retry-After') ?? NaN);
    members.retryAfter = Number.isInteger(seconds) && seconds >= 0 ? seconds : null;
    return new Problem(members);
  }
}

export async function readJson(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new Problem({ code: 'bad_response', status: response.status, title: t('badResponse'), detail: t('httpStatus', { status: response.status }) });
    }
    throw error;
  }
}

/** The box that tells a problem: title, detail, field errors, how long to wait, trace id, and what else is given. */
export function problemBox(problem, ...more) {
  if (!(problem instanceof Problem)) {
    throw problem;
  }
  const fields = Object.entries(problem.errors ?? {}).flatMap(([field, messages]) => messages.map((message) => `${field}: ${message}`));
  return h('div', { class: 'problem', role: 'alert' },
    h('p', { class: 'problem-title' }, problem.title),
    problem.detail && h('p', {}, problem.detail),
    fields.length > 0 && h('ul', {}, fields.map((field) => h('li', {}, field))),
    problem.retryAfter !== null && h('p', {}, t('retryAfter', { seconds: problem.retryAfter })),
    problem.traceId && h('p', { class: 'trace' }, `${t('traceId')} `, h('code', {}, problem.traceId)),
    ...more);
}
