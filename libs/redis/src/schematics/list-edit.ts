import type ts from 'typescript';
import { indentationAt, type TextEdit, type TextStyle } from './text-edit.js';

/** An array or object literal, or the braces of an import. */
export interface List {
  /** Of the opening bracket. */
  readonly start: number;
  /** After the closing bracket. */
  readonly end: number;
  readonly items: readonly { readonly start: number; readonly end: number }[];
}

export interface NewItem {
  readonly at: 'start' | 'end';
  /** Writes the item, given the indentation of the line on which it begins. */
  readonly write: (indentation: string) => string;
}

export function listOf(
  source: ts.SourceFile,
  node: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression,
): List {
  const items = 'elements' in node ? node.elements : node.properties;
  return {
    start: node.getStart(source),
    end: node.end,
    items: items.map((item) => ({ start: item.getStart(source), end: item.end })),
  };
}

/** Puts an item into a list. What is there stays as it is; a list on one line gets a line for each item. */
export function insertItem(
  text: string,
  list: List,
  item: NewItem,
  style: TextStyle,
): readonly TextEdit[] {
  const base = indentationAt(text, list.start);
  const [first] = list.items;
  if (!first) return intoEmpty(text, list, item.write, { base, style });
  if (text.slice(list.start, first.start).includes('\n'))
    return item.at === 'start'
      ? beforeFirst(text, list, item.write, style)
      : afterLast(text, list, item.write, { base, style });
  const isFlat = list.items.every(({ start, end }) => !text.slice(start, end).includes('\n'));
  return isFlat
    ? onOwnLines(text, list, item, { base, style })
    : onTheSameLine(list, item, base, style);
}

interface Place {
  /** Indentation of the line on which the list begins. */
  readonly base: string;
  readonly style: TextStyle;
}

function intoEmpty(
  text: string,
  { start, end }: List,
  write: NewItem['write'],
  { base, style }: Place,
): readonly TextEdit[] {
  const inner = base + style.indent;
  const comments = text.slice(start + 1, end - 1).trimEnd();
  const added = `${comments}${style.newline}${inner}${write(inner)},${style.newline}${base}`;
  return [{ start: start + 1, end: end - 1, text: added }];
}

function beforeFirst(
  text: string,
  { start, items }: List,
  write: NewItem['write'],
  style: TextStyle,
): readonly TextEdit[] {
  const inner = indentationAt(text, items[0]?.start ?? start);
  return [insertion(start + 1, `${style.newline}${inner}${write(inner)},`)];
}

function afterLast(
  text: string,
  list: List,
  write: NewItem['write'],
  { base, style }: Place,
): readonly TextEdit[] {
  const last = list.items.at(-1) ?? list;
  const inner = indentationAt(text, last.start);
  const tail = text.slice(last.end, list.end - 1);
  const hasComma = /^\s*,/.test(withoutComments(tail));
  const isCloseAlone = tail.includes('\n');
  const added = `${style.newline}${inner}${write(inner)}${hasComma || !isCloseAlone ? ',' : ''}`;
  const place = last.end + tail.trimEnd().length;
  return [
    ...(hasComma ? [] : [insertion(last.end, ',')]),
    insertion(place, isCloseAlone ? added : `${added}${style.newline}${base}`),
  ];
}

function onOwnLines(
  text: string,
  list: List,
  { at, write }: NewItem,
  { base, style }: Place,
): readonly TextEdit[] {
  const inner = base + style.indent;
  const added = `${style.newline}${inner}${write(inner)},`;
  const last = list.items.at(-1) ?? list;
  const tail = text.slice(last.end, list.end - 1);
  const isTerminated = /^\s*,/.test(withoutComments(tail));
  const broken = list.items.map(({ start }) => {
    const space = /[ \t]*$/.exec(text.slice(list.start + 1, start))?.[0].length ?? 0;
    return { start: start - space, end: start, text: style.newline + inner };
  });
  const close = last.end + tail.trimEnd().length;
  return [
    ...(at === 'start' ? [insertion(list.start + 1, added)] : []),
    ...broken,
    ...(isTerminated ? [] : [insertion(last.end, ',')]),
    {
      start: close,
      end: list.end - 1,
      text: `${at === 'end' ? added : ''}${style.newline}${base}`,
    },
  ];
}

/** Items of several lines would have to be indented anew, so they stay where they are. */
function onTheSameLine(
  list: List,
  { at, write }: NewItem,
  base: string,
  style: TextStyle,
): readonly TextEdit[] {
  const last = list.items.at(-1) ?? list;
  if (at === 'start')
    return [
      insertion(
        list.start + 1,
        `${style.newline}${base}${style.indent}${write(base + style.indent)},`,
      ),
    ];
  return [insertion(last.end, `, ${write(base)}`)];
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}

function insertion(at: number, text: string): TextEdit {
  return { start: at, end: at, text };
}
