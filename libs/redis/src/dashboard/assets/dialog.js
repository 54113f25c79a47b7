import { h } from './dom.js';

/**
 * Asks before something is ended.
 *
 * @param {{ title: string, text: string, action: string }} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, action }) {
  const cancel = h('button', { type: 'button', value: 'cancel' }, 'Cancel');
  const proceed = h('button.danger', { type: 'button' }, action);
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-text' },
    h('h2', { id: 'dialog-title' }, title),
    h('p', { id: 'dialog-text' }, text),
    h('div.actions', {}, cancel, proceed),
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    let isConfirmed = false;
    cancel.addEventListener('click', () => dialog.close());
    proceed.addEventListener('click', () => {
      isConfirmed = true;
      dialog.close();
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(isConfirmed);
    });
    dialog.showModal();
    cancel.focus();
  });
}

let hiding;

/** Tells how an action went, also to screen readers. */
export function tell(text, tone = 'good') {
  const toast = document.querySelector('#toast');
  toast.replaceChildren(h(`p.${tone}`, {}, text));
  clearTimeout(hiding);
  hiding = setTimeout(() => toast.replaceChildren(), 6000);
}

/** Runs an action and tells how it went. @returns its answer, or undefined where it failed */
export async function run(action, success) {
  try {
    const result = await action();
    if (result?.later) tell(result.later, 'bad');
    else if (success) tell(success(result));
    return result ?? true;
  } catch (error) {
    tell(error.message, 'bad');
    return undefined;
  }
}
