/** The typed arrays that a value may contain, by the name that stands in the blob. */
const VIEWS = new Map(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((View) => [View.name, View]),
);

/** True for Buffers and typed arrays, also those of another realm. */
export function isView(value: unknown): value is NodeJS.TypedArray {
  return ArrayBuffer.isView(value) && VIEWS.has((value as NodeJS.TypedArray)[Symbol.toStringTag]);
}

/** A copy that shares no memory with the bytes; a typed array needs memory aligned to its items. */
export function viewOf(name: string, bytes: Uint8Array): NodeJS.TypedArray {
  const View = VIEWS.get(name);
  if (!View) throw new SyntaxError(`There is no typed array ${name}.`);
  return new View(new Uint8Array(bytes).buffer);
}

export function copyView(view: NodeJS.TypedArray): NodeJS.TypedArray {
  if (Buffer.isBuffer(view)) return Buffer.from(view);
  return view.slice();
}
