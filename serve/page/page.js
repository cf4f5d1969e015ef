/** Keeps a page up to date: when the server says that something has changed, the page is fetched anew, and only what differs is touched. */

const live = document.querySelector("main[data-live]");

/** At most one fetch at a time, and one more when something changed meanwhile. */
let isFetching = false;
let isDue = false;

async function refresh() {
  if (isFetching) {
    isDue = true;
    return;
  }
  isFetching = true;
  do {
    isDue = false;
    try {
      const response = await fetch(location.href, { headers: { accept: "text/html" } });
      if (response.ok) {
        take(new DOMParser().parseFromString(await response.text(), "text/html"));
      }
    } catch {
      // The next change, or the next connection, brings it.
    }
  } while (isDue);
  isFetching = false;
}

/** Takes over what a fetched page has: nothing in it is run. */
function take(fresh) {
  const main = fresh.querySelector("main");
  const footer = fresh.querySelector("footer");
  if (!main || !footer) return;
  document.title = fresh.title;
  match(document.querySelector("main"), main);
  match(document.querySelector("footer"), footer);
  countAges();
}

/** What stays the reader's own: an opened part stays open. */
const own = new Set(["open"]);

/** Makes one element like another, and leaves alone what is like it already: focus, selection, scroll, what was read aloud. */
function match(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !own.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !own.has(name)) old.setAttribute(name, value);
  }
  const keyed = new Map([...old.children].map((child) => [child.dataset?.key, child]));
  keyed.delete(undefined);
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = keyed.get(child.dataset?.key);
    const same = known ?? place;
    if (same && isAlike(same, child)) {
      if (same !== place) old.insertBefore(same, place);
      if (same.nodeType === Node.ELEMENT_NODE) match(same, child);
      else if (same.data !== child.data) same.data = child.data;
      place = same.nextSibling;
    } else {
      old.insertBefore(document.importNode(child, true), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function isAlike(old, fresh) {
  return old.nodeName === fresh.nodeName && old.id === fresh.id && old.dataset?.key === fresh.dataset?.key;
}

/** The same words as the server's formatAge. */
function formatAge(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

function countAges() {
  for (const time of document.querySelectorAll("time[data-age]")) {
    const text = formatAge((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}

const sign = document.getElementById("live");

function say(word, text) {
  if (sign.dataset.state === word) return;
  sign.dataset.state = word;
  sign.textContent = text;
}

/** A tab that nobody sees watches nothing: no target is asked for it, and browsers keep few connections to one server. */
let events;

function watch() {
  if (document.hidden === (events === undefined)) return;
  if (document.hidden) {
    events.close();
    events = undefined;
    return;
  }
  events = new EventSource("/live");
  events.addEventListener("open", () => say("on", "Live"));
  events.addEventListener("change", () => void refresh());
  events.addEventListener("error", () => say("off", "Not live: trying again"));
}

if (live) {
  watch();
  document.addEventListener("visibilitychange", watch);
  setInterval(countAges, 1000);
}
