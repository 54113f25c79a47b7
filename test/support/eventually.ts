/** Repeats an assertion until it holds, at most `limitMs`; then the last failure is thrown. */
export async function eventually<T>(assertion: () => T | Promise<T>, limitMs = 15_000): Promise<T> {
  const giveUpAt = Date.now() + limitMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
