import { h, svg, table } from './dom.js';
import { formatDayHour, formatHour, formatNumber, t } from './i18n.js';

const height = 220;
const margin = { top: 24, right: 20, bottom: 28, left: 40 };

/** The next round number that is not below the value; its half is round too, down to 4. */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 4, 6, 8, 10].map((factor) => factor * power).find((candidate) => candidate >= value);
}

function countText({ count, state }) {
  return { complete: formatNumber(count), partial: t('atLeast', { count: formatNumber(count) }), unknown: t('unknown') }[state];
}

function draw(hours, width, label) {
  const top = Math.max(roundUp(Math.max(...hours.map((hour) => hour.count))), 4);
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const band = inner.width / hours.length;
  const y = (value) => margin.top + inner.height * (1 - value / top);
  const every = band < 22 ? 6 : 3;
  const grid = [0, top / 2, top].flatMap((value) => [
    svg('line', { class: value === 0 ? 'axis' : 'grid', x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value) }),
    svg('text', { class: 'tick', x: margin.left - 8, y: y(value) + 4, 'text-anchor': 'end' }, formatNumber(value)),
  ]);
  const bars = hours.flatMap((hour, index) => {
    const x = margin.left + index * band;
    const middle = x + band / 2;
    return [
      svg('rect', { class: `bar ${hour.state}`, x: x + band * 0.15, width: band * 0.7, y: y(hour.count), height: y(0) - y(hour.count), rx: 2 },
        svg('title', {}, `${formatDayHour(hour.start)}: ${countText(hour)}`)),
      band >= 26 && hour.count > 0 && svg('text', { class: 'value', x: middle, y: y(hour.count) - 6, 'text-anchor': 'middle' }, formatNumber(hour.count)),
      (hours.length - 1 - index) % every === 0 && svg('text', { class: 'tick', x: middle, y: height - 8, 'text-anchor': 'middle' }, formatHour(hour.start)),
    ];
  });
  return svg('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label }, grid, bars);
}

/** Hours `{start, count, state}` as bars, with the same numbers as a table. Draws anew when its width changes. */
export function hourChart(hours, total, signal) {
  const peak = formatNumber(Math.max(...hours.map((hour) => hour.count)));
  const label = t('chartLabel', { total, peak });
  const frame = h('div', { class: 'chart-frame' });
  let drawn = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.floor(frame.clientWidth);
    if (width > 0 && width !== drawn) {
      drawn = width;
      frame.replaceChildren(draw(hours, width, label));
    }
  });
  observer.observe(frame);
  signal.addEventListener('abort', () => observer.disconnect());
  const rows = hours.map((hour) => h('tr', {}, h('td', {}, formatDayHour(hour.start)), h('td', { class: 'number' }, countText(hour))));
  return h('div', {}, frame, h('details', {}, h('summary', {}, t('asTable')),
    table({ label: t('logins'), rows, columns: [{ text: t('hour') }, { text: t('count'), class: 'number' }] })));
}
