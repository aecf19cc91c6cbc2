import type { Text } from '../drawing/rule.ts';
import type { Language, Words } from './words.ts';
import type { UiKey } from './dictionary-en.ts';

/** A number with thousands separated, at most `digits` places after the point. */
export function formatNumber(value: number, language: Language, digits = 0): string {
  if (!Number.isFinite(value)) return '–';
  return new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { maximumFractionDigits: digits }).format(value);
}

/** Metres as a person reads them: 8.4 m, 856 m, 1.24 km, 1,222 km. */
export function formatLength(metres: number, language: Language): string {
  if (metres < 10) return `${formatNumber(metres, language, 1)} m`;
  if (metres < 1000) return `${formatNumber(metres, language)} m`;
  return `${formatNumber(metres / 1000, language, metres < 100_000 ? 2 : 0)} km`;
}

/** Square metres as a person reads them: m² below a hectare, then ha, km² from one square kilometre. */
export function formatArea(squareMetres: number, language: Language): string {
  if (squareMetres < 10_000) return `${formatNumber(squareMetres, language, squareMetres < 100 ? 1 : 0)} m²`;
  if (squareMetres < 1_000_000) return `${formatNumber(squareMetres / 10_000, language, 2)} ha`;
  return `${formatNumber(squareMetres / 1_000_000, language, 2)} km²`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Unix seconds as the time of day here: 14:05:09. */
export function formatTime(unix: number): string {
  const date = new Date(unix * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Unix seconds as the date here: 2026-11-21. */
export function formatDate(unix: number): string {
  const date = new Date(unix * 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The zone that {@link formatTime} counts in at a moment: UTC+8, UTC−3:30. */
export function zoneAt(unix: number): string {
  const minutes = -new Date(unix * 1000).getTimezoneOffset();
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${two(rest)}` : ''}`;
}

/** A span of seconds as a person says it, two parts at most: 4 s, 2 min 5 s, 3 h 20 min, 2 d. */
export function formatSpan(seconds: number, words: Words<UiKey>): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return words.say('span.seconds', { s: whole });
  if (whole < 3600) {
    const s = whole % 60;
    return s && whole < 600 ? words.say('span.minutesSeconds', { m: Math.floor(whole / 60), s }) : words.say('span.minutes', { m: Math.floor(whole / 60) });
  }
  if (whole < 86_400) return words.say('span.hours', { h: Math.floor(whole / 3600), m: Math.floor((whole % 3600) / 60) });
  return words.say('span.days', { d: Math.floor(whole / 86_400) });
}

/** Longitude and latitude in degrees with hemisphere, five places (about a metre). */
export function formatPlace(lon: number, lat: number): string {
  return `${Math.abs(lon).toFixed(5)}° ${lon < 0 ? 'W' : 'E'}  ${Math.abs(lat).toFixed(5)}° ${lat < 0 ? 'S' : 'N'}`;
}

/** A value of a card or a table: numbers with thousands and at most two places, words in the language shown, texts as they are. */
export function formatValue(value: string | number | Text, language: Language): string {
  if (typeof value === 'object') return value[language];
  return typeof value === 'number' ? formatNumber(value, language, Math.abs(value) < 100 ? 2 : 1) : value;
}
