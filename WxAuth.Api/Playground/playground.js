import { App } from './app.js';
import { Diagram } from './diagram.js';
import { Phone, getJson } from './stand-in.js';
import { stories } from './stories.js';
import { languageTag, switchLanguage, text, translatePage } from './texts.js';

/** Where the diagram is not beside the buttons but below them, as in playground.css. */
const NARROW = matchMedia('(max-width: 860px)');
const byId = id => document.getElementById(id);
const USER = 'wxauth-playground:user';
/** The one WeChat user of the story about accounts: an account takes one openid of an app. */
const BINDING_USER = 'binding-demo';

const diagram = new Diagram(byId('flow'), byId('empty'));
const record = row => diagram.add(row);
const phone = new Phone({ user: localStorage.getItem(USER) || 'alice', slot: 'phone', record });
phone.open();
const app = new App(phone);
const stage = { phone, app, record, settings: null, must };
let told = () => '';

/** Runs a call of the phone's app; a story goes on only where it succeeded. */
async function must(call) {
  if (!await app.run(call)) throw app.error;
}

async function tell(name, button) {
  document.querySelectorAll('#stories button').forEach(each => { each.disabled = true; });
  button.setAttribute('aria-busy', 'true');
  diagram.clear();
  if (NARROW.matches) byId('wire').scrollIntoView();
  say(() => text('stories')[name][0] + ' · ' + text('running'));
  phone.user = name === 'binding' ? BINDING_USER : byId('user').value;
  phone.appId = undefined;
  try {
    if (phone.auth.sessionId === null || name !== 'binding') phone.open();
    await stories[name](stage);
    await diagram.settled();
    say(() => text('stories')[name][2]);
    if (NARROW.matches && name === 'binding') byId('app-bind').scrollIntoView({ block: 'center' });
  } catch (error) {
    await diagram.settled();
    say(() => text('failed', error.code ? error.code + ' ' + error.title : error.message));
  } finally {
    button.removeAttribute('aria-busy');
    enable();
    app.show();
  }
}

function say(sentence) {
  told = sentence;
  byId('story').textContent = sentence();
}

function enable() {
  document.querySelectorAll('#stories button').forEach(button => {
    button.disabled = !stage.settings.simulator || button.dataset.story === 'binding' && !stage.settings.bindingAppId;
  });
}

function drawStories() {
  const titles = text('stories');
  byId('stories').replaceChildren(...Object.keys(stories).map((name, index) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.story = name;
    if (index === 0) button.className = 'first';
    const title = document.createElement('strong');
    title.textContent = titles[name][0];
    const what = document.createElement('span');
    what.textContent = name === 'binding' && !stage.settings.bindingAppId ? text('unavailable') : titles[name][1];
    button.append(title, what);
    button.addEventListener('click', () => tell(name, button));
    return button;
  }));
  enable();
}

function translate() {
  translatePage();
  byId('language').textContent = text('other');
  byId('language').setAttribute('aria-label', text('otherLabel'));
  byId('clock').textContent = new Date().toLocaleTimeString(languageTag(), { hour: '2-digit', minute: '2-digit' });
  byId('story').textContent = told();
  drawStories();
  diagram.redraw();
  app.show();
}

byId('language').addEventListener('click', () => {
  switchLanguage();
  translate();
});
byId('clear').addEventListener('click', () => {
  diagram.clear();
  say(() => '');
});
byId('user').value = phone.user;
byId('user').addEventListener('change', () => {
  const name = byId('user').value.trim() || 'alice';
  byId('user').value = name;
  localStorage.setItem(USER, name);
  phone.user = name;
  phone.appId = undefined;
  phone.open();
  app.error = null;
  app.show();
});
app.onBound = () => diagram.settled().then(() => say(() => text('bound')));

stage.settings = await getJson('/playground/settings.json');
translate();
if (!stage.settings.simulator) {
  say(() => text('noSimulator'));
  byId('app-login').disabled = true;
}

document.body.dataset.ready = 'true';
