// What the schematics runner of the Nest CLI gives a rule, as far as it is used here. The package @angular-devkit/schematics
// has these types too; the CLI brings it, applications in production do not.

/** The files of the workspace. Changes are written at the end, unless it is a dry run. */
export interface Tree {
  read(path: string): Uint8Array | null;
  overwrite(path: string, content: string): void;
}

/** Work after the files are written; not done in a dry run. */
export interface Task {
  toConfiguration(): { readonly name: string; readonly options: object };
}

export interface SchematicContext {
  readonly logger: { info(message: string): void; warn(message: string): void };
  addTask(task: Task): unknown;
}

export type Rule = (tree: Tree, context: SchematicContext) => void;
