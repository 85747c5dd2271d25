/**
 * A User-Agent in words, such as `Chrome · Windows`. Anybody can send any: it is a hint and no proof.
 * @param {string} userAgent
 */
function browserOf(userAgent) {
  const of = (/** @type {[RegExp, string][]} */ names) => (names.find(([sign]) => sign.test(userAgent)) || [null, ''])[1];
  const browser = of([[/Edg\//, 'Edge'], [/MicroMessenger/, '微信'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]);
  const system = of([[/Windows/, 'Windows'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']]);
  return [browser, system].filter(Boolean).join(' · ') || '未知';
}

module.exports = { browserOf };
