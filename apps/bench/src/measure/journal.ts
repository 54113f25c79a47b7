/** What happens in a run: told as it goes on, failures kept for the report. */
export class Journal {
  readonly failures: string[] = [];

  constructor(readonly say: (line: string) => void) {}

  /** Runs one part of the benchmark. @returns false when it failed; the failure is told and kept */
  async attempt(name: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.failures.push(`${name}: ${reason}`);
      this.say(`  left out: ${name}: ${reason}`);
      return false;
    }
  }
}
