/** Something that others wait for until a test releases it. */
export interface Latch {
  readonly released: Promise<void>;
  release(): void;
}

export function latch(): Latch {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  return { released, release: () => release() };
}
