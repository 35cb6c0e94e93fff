// The server's routes. A refused request becomes an Error whose message the user reads.

export async function request(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The workbench does not answer. Is it still running?");
  }
  const found = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(found.error ?? `The workbench refused this (${response.status}).`);
  return found;
}

export const setup = () => request("GET", "/api/setup");
export const create = (body) => request("POST", "/api/comparisons", body);
export const read = (id) => request("GET", path(id));
export const act = (id, verb, body = {}) => request("POST", `${path(id)}/${verb}`, body);
export const actOn = (id, letter, verb) => request("POST", `${path(id)}/columns/${letter}/${verb}`, {});

/** A file's bytes: JSON or not. */
export async function fetchBytes(address) {
  const response = await fetch(address).catch(() => null);
  if (!response) throw new Error("The workbench does not answer. Is it still running?");
  if (response.ok) return response.arrayBuffer();
  const found = await response.json().catch(() => ({}));
  throw new Error(found.error ?? `The workbench refused this (${response.status}).`);
}

const path = (id) => `/api/comparisons/${encodeURIComponent(id)}`;
