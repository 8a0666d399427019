import type { Drawing, Lane, Step } from './drawing.js';

/**
 * Reads a Mermaid `sequenceDiagram`: participants, messages and notes. A message to oneself, or a note, is something that
 * an actor does. `undefined` when the text is no such diagram.
 */
export function readMermaid(code: string): Drawing | undefined {
  const lines = code.split(/\r?\n/);
  const head = lines.findIndex((line) => /^\s*sequenceDiagram\s*$/.test(line));
  if (head === -1 || lines.slice(0, head).some((line) => !/^\s*(?:%%|---|[\w-]+:|$)/.test(line))) return undefined;
  const names: string[] = [];
  const labels = new Map<string, string>();
  const laneOf = (name: string): number => {
    if (!names.includes(name)) names.push(name);
    return names.indexOf(name);
  };
  const steps: Step[] = [];
  for (const [line, source] of lines.entries()) {
    const text = source.trim().replace(/\s+/g, ' ');
    const participant = /^(?:create )?(?:participant|actor) ([^\s:]+)(?: as (.+))?$/i.exec(text);
    const message = /^([^\s:+-]+) ?(?:<<)?--?(?:>>|[>x)]) ?[+-]? ?([^\s:]+) ?:(.*)$/.exec(text);
    const note = /^note (?:over|left of|right of) ([^\s:,]+)(?:[\s,][^:]*)?:(.*)$/i.exec(text);
    if (participant?.[1]) {
      laneOf(participant[1]);
      labels.set(participant[1], participant[2] ?? participant[1]);
    } else if (message?.[1] && message[2]) {
      const [from, to] = [laneOf(message[1]), laneOf(message[2])];
      steps.push({ text: plain(message[3]), line, lane: from, ...(from !== to && { arrow: { from, to } }) });
    } else if (note?.[1]) steps.push({ text: plain(note[2]), line, lane: laneOf(note[1]) });
  }
  const lanes: Lane[] = names.map((name, column) => ({ label: plain(labels.get(name) ?? name), column }));
  return lanes.length < 2 ? undefined : { lanes, steps, isWhole: true };
}

function plain(text: string | undefined): string {
  return (text ?? '').replace(/<br\s{0,2}\/?>/gi, ' ').trim();
}
