/** One line of `CLUSTER NODES`. */
export interface ClusterNode {
  readonly id: string;
  readonly port: number;
  readonly isMyself: boolean;
  /** A primary that is up; one that failed is none. */
  readonly isPrimary: boolean;
  readonly isUp: boolean;
  readonly primaryId: string | undefined;
  readonly slots: readonly (readonly [from: number, to: number])[];
}

/** Reads the reply of `CLUSTER NODES`. Slots that are being moved (in brackets) are left out. */
export function parseClusterNodes(reply: string): ClusterNode[] {
  return reply
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id, address, flagList, primaryId, , , , , ...slots] = line.split(' ');
      const flags = flagList!.split(',');
      const isUp = !flags.includes('fail') && !flags.includes('noaddr');
      return {
        id: id!,
        port: Number(/:(\d+)@?/.exec(address!)?.[1]),
        isMyself: flags.includes('myself'),
        isPrimary: flags.includes('master') && isUp,
        isUp,
        primaryId: primaryId === '-' ? undefined : primaryId,
        slots: slots.filter((range) => !range.startsWith('[')).map(toRange),
      };
    });
}

function toRange(text: string): readonly [number, number] {
  const [from, to] = text.split('-').map(Number);
  return [from!, to ?? from!];
}
