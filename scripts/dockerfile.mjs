import { SetupError } from './messages.mjs';

/**
 * One instruction: its word in capitals, and its arguments as text with the line continuations joined.
 * @typedef {{ word: string, text: string }} Step
 * @typedef {{ name: string, base: string, steps: Step[] }} Stage
 */

const understood = 'WORKDIR COPY RUN ARG ENV USER EXPOSE HEALTHCHECK ENTRYPOINT'.split(' ');

/**
 * Reads the stages of a Dockerfile. Throws SetupError at an instruction that the walk does not know, so that the image
 * and what was tested cannot drift apart in silence.
 * @param {string} source
 * @returns {Stage[]}
 */
export function readDockerfile(source) {
  /** @type {Stage[]} */
  const stages = [];
  for (const line of logicalLines(source)) {
    const [, word = '', text = ''] = /^(\S+)\s+(.*)$/s.exec(line) ?? [];
    if (word === 'FROM') {
      const [, base = text, name = ''] = /^(\S+) AS (\S+)$/i.exec(text) ?? [];
      stages.push({ name, base, steps: [] });
    } else if (understood.includes(word) && stages.length > 0) {
      stages.at(-1).steps.push({ word, text });
    } else {
      throw new SetupError(`Dockerfile: the walk does not understand "${line}"`);
    }
  }
  return stages;
}

/**
 * The words of an exec form, ["node", "main.js"], the only form the walk takes.
 * @param {string} text
 * @returns {string[]}
 */
export function execForm(text) {
  const list = text.slice(Math.max(0, text.indexOf('[')));
  try {
    return JSON.parse(list);
  } catch {
    throw new SetupError(`Dockerfile: not in exec form: ${text}`);
  }
}

/** Whether .dockerignore keeps a path out (patterns with * but without !, which is all that ours has).
 * @param {string} ignoreSource
 * @returns {(file: string) => boolean}
 */
export function dockerIgnore(ignoreSource) {
  const patterns = ignoreSource
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(
      (line) =>
        new RegExp(`^${line.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}(/|$)`),
    );
  return (file) => patterns.some((pattern) => pattern.test(file));
}

function logicalLines(source) {
  return source
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
