import { ask, post } from './backend.js';
import { completeRedirect, loadEmbed } from './connecting.js';
import { alertBox, h, icon } from './dom.js';
import { Integrations } from './integrations.js';
import { Runs } from './runs.js';
import { sampleNotes } from './sample-notes.js';

const main = document.getElementById('main');

async function start() {
  const session = await ask('/api/session');
  showSide(session);
  const problem = await loadEmbed(session.gatehouseUrl)
    .then(completeRedirect)
    .then(
      (result) => result?.words,
      (error) => error.message,
    );
  if (location.pathname === '/connected') history.replaceState(null, '', '/#/integrations');
  const integrations = new Integrations({ session, runs: new Runs(session.person.id), problem });
  const route = () => show(integrations);
  addEventListener('hashchange', route);
  route();
}

function show(integrations) {
  const note = sampleNotes.find(({ id }) => location.hash === `#/notes/${id}`);
  for (const link of document.querySelectorAll('nav a')) {
    const isHere = note ? link.hash === location.hash : link.id === 'to-integrations';
    if (isHere) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  main.replaceChildren(note ? noteView(note) : integrations.element);
  document.title = `${note ? note.title : 'Integrations'} · Acme Notes`;
}

function noteView({ title, when, text }) {
  const intro = h('header', { class: 'intro' }, h('p', { class: 'over' }, when), h('h1', {}, title));
  return h(
    'article',
    { class: 'view note' },
    intro,
    text.map((paragraph) => h('p', {}, paragraph)),
  );
}

function showSide({ person, people }) {
  document
    .getElementById('notes')
    .append(...sampleNotes.map(({ id, title }) => h('li', {}, h('a', { href: `#/notes/${id}` }, icon('note'), title))));
  document.getElementById('to-integrations').append(icon('plug'), 'Integrations');
  document.getElementById('initials').textContent = person.name.charAt(0);
  const picker = document.getElementById('person');
  picker.append(
    ...people.map(({ id, name, org }) => h('option', { value: id, selected: id === person.id }, `${name} at ${org}`)),
  );
  picker.addEventListener('change', () => void post('/api/session', { person: picker.value }).then(leave, leave));
}

const leave = () => location.assign('/');

start().catch((error) => main.replaceChildren(alertBox(error.message, () => location.reload())));
