// The comparison as the server tells it: a document, and the patches that change it. Pure.

/** A new document with the patch applied; what the patch does not touch is shared with the old one. */
export function reduce(doc, patch) {
  const next = { ...doc, ...patch.set };
  if (patch.add_turn) next.turns = [...next.turns, patch.add_turn];
  if (patch.turn === undefined || patch.turn === null || !next.turns[patch.turn]) return next;
  if (!patch.columns && !patch.vote) return next;
  next.turns = next.turns.with(patch.turn, reduceTurn(next.turns[patch.turn], patch));
  return next;
}

function reduceTurn(turn, { columns, vote }) {
  const next = { ...turn };
  if (vote) next.vote = { ...turn.vote, ...vote };
  if (columns) {
    next.columns = { ...turn.columns };
    for (const [letter, change] of Object.entries(columns)) {
      next.columns[letter] = reduceColumn(turn.columns[letter] ?? {}, change);
    }
  }
  return next;
}

function reduceColumn(column, { set, html_add, tail_add }) {
  const next = { ...column, ...set };
  if (html_add) next.html = (next.html ?? "") + html_add;
  if (tail_add) next.tail = (next.tail ?? "") + tail_add;
  return next;
}

export const lastTurn = (doc) => (doc?.turns.length ? doc.turns[doc.turns.length - 1] : null);

export const settled = (column) => ["done", "failed", "stopped"].includes(column?.status);

export const sealed = (doc) => Boolean(doc?.blind && !doc.revealed);

/** Does another column run the same strategy? Then its name alone does not tell the two apart. */
export const twin = (doc, column) => doc.columns.some((c) => c.letter !== column.letter && c.strategy === column.strategy);

/** What a column is called on the page: its letter while sealed, else its strategy, with the letter where two share it. */
export function nameOf(doc, column) {
  if (sealed(doc) || !column.strategy) return column.letter;
  return twin(doc, column) ? `${column.strategy} (${column.letter})` : column.strategy;
}

/** The battle that waits for a vote, newest first; null when none does. */
export function asked(doc) {
  const turn = lastTurn(doc);
  return turn?.vote?.state === "asked" ? turn : null;
}

/** Letters of the settled columns of a turn with the smallest value of a metric; empty unless it tells two apart. */
export function best(turn, metric) {
  const values = Object.entries(turn.columns)
    .filter(([, column]) => column.status === "done" && typeof column.metrics?.[metric] === "number")
    .map(([letter, column]) => [letter, column.metrics[metric]]);
  if (values.length < 2 || !Object.values(turn.columns).every(settled)) return [];
  const least = Math.min(...values.map(([, value]) => value));
  const winners = values.filter(([, value]) => value === least).map(([letter]) => letter);
  return winners.length < values.length ? winners : [];
}
