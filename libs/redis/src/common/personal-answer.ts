const personal = new WeakSet<object>();

/**
 * Says that the answer to this request holds what is for its client alone, whatever its headers say. Here,
 * since sessions say it and the cache heeds it, and neither depends on the other.
 */
export function markPersonal(request: object): void {
  personal.add(request);
}

export function isPersonal(request: object): boolean {
  return personal.has(request);
}
