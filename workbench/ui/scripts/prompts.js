// Reads a file of prompts: txt (one a line), jsonl ("..." or {"prompt": ...}), csv with a `prompt` column. Pure.

const MOST = 10000;

/** The prompts of a file, in order. Throws an Error that says what to mend. */
export function parsePrompts(name, text) {
  const kind = name.toLowerCase().split(".").pop();
  const read = { txt: plain, jsonl: jsonl, csv: csv }[kind];
  if (!read) throw new Error(`${name} is not a .txt, .jsonl or .csv file`);
  const prompts = read(text.replace(/^\uFEFF/, "")).map((p) => p.trim()).filter(Boolean);
  if (!prompts.length) throw new Error(`${name} holds no prompts`);
  if (prompts.length > MOST) throw new Error(`${name} holds ${prompts.length} prompts; the most is ${MOST}`);
  return prompts;
}

const plain = (text) => text.split(/\r?\n/);

function jsonl(text) {
  return plain(text).flatMap((line, i) => (line.trim() ? [promptOf(line, i + 1)] : []));
}

function promptOf(line, number) {
  let value;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`line ${number} is not JSON`);
  }
  const prompt = typeof value === "string" ? value : (value?.prompt ?? value?.text);
  if (typeof prompt !== "string") throw new Error(`line ${number} has no "prompt"`);
  return prompt;
}

function csv(text) {
  const [header = [], ...rows] = records(text);
  const column = header.findIndex((cell) => cell.trim().toLowerCase() === "prompt");
  if (column < 0) throw new Error(`the first line names no "prompt" column; it has ${header.join(", ") || "nothing"}`);
  return rows.map((row) => row[column] ?? "");
}

// RFC 4180: quoted cells may hold commas, line breaks and doubled quotes.
function records(text) {
  const rows = [];
  let row = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (let match = cell.exec(text); match; match = cell.exec(text)) {
    row.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : match[2]);
    if (match[3] === ",") continue;
    if (row.length > 1 || row[0]) rows.push(row);
    row = [];
    if (cell.lastIndex >= text.length) return rows;
  }
  throw new Error(`record ${rows.length + 1} has a quote that does not end`);
}
