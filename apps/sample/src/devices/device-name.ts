/** First match wins: Edge and Opera also call themselves Chrome, Chrome also calls itself Safari. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bLindenRow\//, 'Linden Row app'],
  [/\bEdgA?\//, 'Edge'],
  [/\bEdgiOS\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bHeadlessChrome\/|\bChrome\/|\bCriOS\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
];

/** An iPad and Android also call themselves Mac and Linux. */
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/**
 * A name that people know their device by, such as `Firefox on Linux`, from the `User-Agent` header. That
 * header is the client's to fill, so the name is made of words that stand here and of nothing else.
 */
export function deviceName(userAgent: string | undefined): string {
  const browser = firstMatch(BROWSERS, userAgent);
  const system = firstMatch(SYSTEMS, userAgent);
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? (system ? `A browser on ${system}` : 'Unknown device');
}

/** True for what people hold in their hand. */
export function isHandheld(userAgent: string | undefined): boolean {
  return /\biPhone\b|\biPad\b|\bAndroid\b|\bLindenRow\//.test(userAgent ?? '');
}

function firstMatch(
  rules: readonly (readonly [RegExp, string])[],
  text: string | undefined,
): string | undefined {
  return text === undefined ? undefined : rules.find(([pattern]) => pattern.test(text))?.[1];
}
