/** The part of `hbs` that the shop uses; the package has no types. */
declare module 'hbs' {
  type Helper = (...args: never[]) => unknown;

  export interface ViewEngine {
    readonly __express: (
      path: string,
      options: object,
      done: (error: unknown, html?: string) => void,
    ) => void;
    readonly SafeString: new (html: string) => object;
    registerHelper(name: string, helper: Helper): void;
    registerPartials(directory: string): void;
  }

  const hbs: { create(): ViewEngine };
  export default hbs;
}
