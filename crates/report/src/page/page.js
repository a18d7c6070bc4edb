'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const all = (query, from = document) => [...from.querySelectorAll(query)];
  const byId = (id) => document.getElementById(id);
  const thousands = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

  // Sorting: numbers by what is in data-value, words by what is shown; empty values last.
  const key = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.value;
    if (value === undefined) return cell.textContent.trim().toLowerCase();
    return value === '' ? NaN : Number(value);
  };
  const compare = (a, b) => {
    if (typeof a === 'number' && Number.isNaN(a)) return Number.isNaN(b) ? 0 : 2;
    if (typeof b === 'number' && Number.isNaN(b)) return -2;
    return a < b ? -1 : a > b ? 1 : 0;
  };
  for (const button of all('table.sortable th button')) {
    button.addEventListener('click', () => {
      const head = button.closest('th');
      const body = head.closest('table').tBodies[0];
      const way = head.getAttribute('aria-sort') === 'descending' ? 1 : head.getAttribute('aria-sort') === 'ascending' ? -1 : 0;
      const column = head.cellIndex;
      const rows = [...body.rows].map((row) => [key(row, column), row]);
      const number = rows.some(([one]) => typeof one === 'number');
      // The first click shows the largest numbers, or the first words.
      const sign = way || (number ? -1 : 1);
      rows.sort(([a], [b]) => { const order = compare(a, b); return Math.abs(order) === 2 ? order : sign * order; });
      for (const other of head.parentNode.cells) if (other.hasAttribute('aria-sort')) other.setAttribute('aria-sort', 'none');
      head.setAttribute('aria-sort', sign === 1 ? 'ascending' : 'descending');
      body.append(...rows.map(([, row]) => row));
    });
  }

  // Toggles: rows of tables are hidden, marks of pictures fade.
  const shown = data.policies.map(() => true);
  const show = (policy, on) => {
    shown[policy] = on;
    for (const element of all(`[data-policy="${policy}"]`)) {
      if (element.tagName === 'TR') element.hidden = !on; else element.classList.toggle('off', !on);
    }
  };
  const boxes = all('[data-toggle]');
  for (const box of boxes) {
    box.addEventListener('change', () => { show(Number(box.dataset.toggle), box.checked); list(true); });
  }
  for (const button of all('[data-all]')) {
    button.addEventListener('click', () => {
      for (const box of boxes) { box.checked = button.dataset.all === '1'; show(Number(box.dataset.toggle), box.checked); }
      list(true);
    });
  }

  // Sessions: digits of 64, so many for each number.
  const digits = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((c, at) => [c, at]));
  const number = (text, at, width) => {
    let value = 0;
    for (let digit = at; digit < at + width; digit += 1) value = value * 64 + digits.get(text[digit]);
    return value;
  };
  const first = BigInt(data.first);
  const failing = [];
  if (data.ways_of_all) {
    let time = 0;
    const sessions = data.ways_of_all.length / 2;
    for (let session = 0; session < sessions; session += 1) {
      const way = number(data.ways_of_all, session * 2, 2);
      if (data.ways[way][4]) {
        failing.push({ place: Math.floor(session / data.policies.length), policy: session % data.policies.length, way, ms: number(data.times, time, 4) });
        time += 4;
      }
    }
  } else {
    for (let at = 0; at < data.failing.length; at += 12) {
      failing.push({ place: number(data.failing, at, 5), policy: number(data.failing, at + 5, 1), way: number(data.failing, at + 6, 2), ms: number(data.failing, at + 8, 4) });
    }
  }
  const cells = (row, texts) => { for (const text of texts) row.insertCell().textContent = text; };
  const command = (row, policy, seed) => {
    const code = document.createElement('code');
    code.textContent = data.replay[policy] + seed;
    const cell = row.insertCell();
    cell.className = 'command';
    cell.append(code);
  };
  const [byPolicy, byWay, bySeed] = ['by-policy', 'by-way', 'by-seed'].map(byId);
  const option = (select, value, text) => {
    const one = document.createElement('option');
    one.value = value;
    one.textContent = text;
    select.append(one);
  };
  data.policies.forEach((name, policy) => option(byPolicy, policy, name));
  const ofPolicy = (one) => shown[one.policy] && (byPolicy.value === '' || one.policy === Number(byPolicy.value));
  // The ways that the sessions of these policies went, the most frequent first.
  const offer = () => {
    const counts = new Map();
    for (const one of failing) if (ofPolicy(one)) counts.set(one.way, (counts.get(one.way) || 0) + 1);
    const chosen = byWay.value;
    byWay.replaceChildren(byWay.options[0]);
    for (const [way, count] of [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])) {
      option(byWay, way, `${data.ways[way][0]} → ${data.ways[way][1]} → ${data.ways[way][3]} (${thousands(count)})`);
    }
    byWay.value = counts.has(Number(chosen)) ? chosen : '';
  };
  let listed = 0;
  let matching = [];
  const wanted = () => {
    let from = 0n;
    try { from = BigInt(bySeed.value || 0); } catch { from = 0n; }
    return failing.filter((one) => ofPolicy(one)
      && (byWay.value === '' || one.way === Number(byWay.value))
      && first + BigInt(one.place) >= from);
  };
  function list(anew) {
    const body = byId('failing').tBodies[0];
    if (anew) { offer(); matching = wanted(); listed = 0; body.replaceChildren(); }
    for (const one of matching.slice(listed, listed + 50)) {
      const seed = first + BigInt(one.place);
      const way = data.ways[one.way];
      const row = body.insertRow();
      cells(row, [String(seed), data.policies[one.policy], way[0], way[1], way[3], `${(one.ms / 1000).toFixed(3)} s`]);
      command(row, one.policy, seed);
      listed += 1;
    }
    byId('found').textContent = `${thousands(matching.length)} of ${thousands(failing.length)} failing sessions, ${thousands(listed)} listed`;
    byId('more').hidden = listed >= matching.length;
  }
  for (const select of [byPolicy, byWay]) select.addEventListener('change', () => list(true));
  bySeed.addEventListener('input', () => list(true));
  byId('more').addEventListener('click', () => list(false));
  for (const id of ['filter', 'lookup']) if (byId(id)) byId(id).addEventListener('submit', (event) => event.preventDefault());

  const seed = byId('seed');
  const world = () => {
    const body = byId('world').tBodies[0];
    body.replaceChildren();
    let place = -1n;
    try { place = BigInt(seed.value) - first; } catch { place = -1n; }
    if (place < 0n || place >= BigInt(data.seeds)) return;
    data.policies.forEach((name, policy) => {
      const way = data.ways[number(data.ways_of_all, (Number(place) * data.policies.length + policy) * 2, 2)];
      const row = body.insertRow();
      cells(row, [name, way[0], way[1], way[3]]);
      command(row, policy, first + place);
    });
  };
  if (seed) { seed.addEventListener('input', world); world(); }
  list(true);
  document.documentElement.dataset.ready = String(failing.length);
})();
