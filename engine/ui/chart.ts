import { LineChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { CardSeries } from '../layer.ts';

/** What a chart is drawn with: the tokens of the page as they are now, and how numbers and moments are written. */
export interface ChartLook {
  readonly accent: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly surface: string;
  readonly font: string;
  /** CSS pixels. */
  readonly size: number;
  value(value: number): string;
  moment(unix: number): string;
}

export interface Chart {
  show(series: CardSeries, look: ChartLook): void;
  dispose(): void;
}

/** CSS pixels from the left edge to the numbers' line, and of the strip of bands beside it. */
const LEFT = 40;
const STRIP = 4;

/** An axis that begins at zero where the values are not far above it, and ends on a round number. @returns lowest, highest, and the step between two lines */
export function axisOf(values: Float32Array): { min: number; max: number; step: number } {
  const known = values.filter((value) => !Number.isNaN(value));
  const [low, high] = known.length > 0 ? [Math.min(...known), Math.max(...known)] : [0, 1];
  const from = low >= 0 && low < 0.6 * high ? 0 : low;
  const raw = Math.max(high - from, Math.abs(high) * 0.02, 1e-6) / 3;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 2.5, 5, 10].find((each) => each * power >= raw) ?? 10);
  const round = (value: number): number => Number(value.toPrecision(12));
  return { min: round(Math.floor(from / step) * step), max: round(Math.ceil(Math.max(high, from + step) / step) * step), step };
}

type Area = readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>];

/** Bands as a pale ground under the line, and at full strength as a strip along the axis. */
function areasOf({ bands }: CardSeries, { min, max }: { min: number; max: number }): Area[] {
  let from = -Infinity;
  return (bands ?? []).flatMap(({ below, colour }): Area[] => {
    const [bottom, top] = [Math.max(min, from), Math.min(max, below)];
    from = below;
    if (bottom >= top) return [];
    return [
      [{ yAxis: bottom, itemStyle: { color: colour, opacity: 0.12 } }, { yAxis: top }],
      [{ yAxis: bottom, x: LEFT - STRIP, itemStyle: { color: colour, opacity: 1 } }, { yAxis: top, x: LEFT }],
    ];
  });
}

/** Values that stand alone between two gaps: no line shows them. */
function isLonely(values: Float32Array, i: number): boolean {
  return !Number.isNaN(values[i]) && !(values[i - 1] >= -Infinity) && !(values[i + 1] >= -Infinity);
}

/** At the top of the side where the pointer is not. */
function beside([x]: readonly [number, number], _params: unknown, _element: unknown, _rectangle: unknown, { viewSize, contentSize }: { viewSize: readonly [number, number]; contentSize: readonly [number, number] }): [number, number] {
  return [x > viewSize[0] / 2 ? LEFT + 8 : viewSize[0] - contentSize[0] - 12, 10];
}

function optionOf(series: CardSeries, look: ChartLook, language: string): EChartsCoreOption {
  const axis = axisOf(series.values);
  const text = { color: look.quiet, fontFamily: look.font, fontSize: look.size };
  const said = (params: unknown): string => {
    const [point] = params as readonly { readonly value: readonly [number, number | null] }[];
    const band = series.bands?.find(({ below }) => (point.value[1] ?? Number.NaN) <= below);
    const name = band ? `  ${language === 'zh' ? band.label.zh : band.label.en}` : '';
    return `${look.moment(point.value[0] / 1000)}\n${point.value[1] === null ? '–' : look.value(point.value[1])} ${series.unit}${name}`;
  };
  return {
    animation: false,
    textStyle: text,
    grid: { left: LEFT, right: 12, top: 10, bottom: 24, outerBoundsMode: 'none' },
    tooltip: { trigger: 'axis', renderMode: 'richText', confine: true, position: beside, formatter: said, backgroundColor: look.surface, borderColor: look.line, textStyle: { ...text, color: look.ink }, axisPointer: { type: 'line', lineStyle: { color: look.quiet, width: 1, type: 'solid' } } },
    xAxis: { type: 'time', axisLine: { lineStyle: { color: look.line } }, axisTick: { lineStyle: { color: look.line } }, axisLabel: { ...text, hideOverlap: true }, splitNumber: 4 },
    yAxis: { type: 'value', min: axis.min, max: axis.max, interval: axis.step, axisLabel: { ...text, formatter: look.value }, splitLine: { lineStyle: { color: look.line } } },
    series: [{
      type: 'line', connectNulls: false, showSymbol: true, symbol: 'circle',
      symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) => (isLonely(series.values, dataIndex) ? 3 : 0),
      lineStyle: { color: look.accent, width: 1.5 }, itemStyle: { color: look.accent }, emphasis: { disabled: true },
      data: Array.from(series.times, (time, i) => [time * 1000, Number.isNaN(series.values[i]) ? null : series.values[i]]),
      markArea: { silent: true, data: areasOf(series, axis) },
    }],
  };
}

/** A line chart in an element that has a size. Draws on a canvas and sets styles by script only, so that a policy of `style-src 'self'` holds. */
export function makeChart(element: HTMLElement, language: string): Chart {
  use([LineChart, GridComponent, MarkAreaComponent, TooltipComponent, CanvasRenderer]);
  const chart = init(element, null, { renderer: 'canvas', locale: language === 'zh' ? 'ZH' : 'EN' });
  const watch = new ResizeObserver(() => chart.resize());
  watch.observe(element);
  return {
    show: (series, look) => chart.setOption(optionOf(series, look, language), { notMerge: true }),
    dispose() {
      watch.disconnect();
      chart.dispose();
    },
  };
}
