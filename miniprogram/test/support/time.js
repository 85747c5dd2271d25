'use strict';

/** Lets every promise that can go on go on. */
const drain = () => new Promise(resolve => setImmediate(resolve));

/** A clock that jumps to its next timer: hours pass in milliseconds, in the same order every time. */
class VirtualTime {
  constructor() {
    this.at = Date.UTC(2026, 10, 20, 8);
    this.timers = [];
    this.count = 0;
  }

  now() {
    return this.at;
  }

  setTimeout(callback, milliseconds) {
    const timer = { at: this.at + milliseconds, order: this.count++, callback };
    let index = this.timers.length;
    while (index > 0 && this.timers[index - 1].at > timer.at) index--;
    this.timers.splice(index, 0, timer);
    return timer;
  }

  clearTimeout(timer) {
    const index = this.timers.indexOf(timer);
    if (index >= 0) this.timers.splice(index, 1);
  }

  /** Lets `milliseconds` pass, and all that falls due in them happen. */
  async advance(milliseconds) {
    const end = this.at + milliseconds;
    await drain();
    while (this.timers.length > 0 && this.timers[0].at <= end) await this.step();
    this.at = end;
  }

  /** Lets time pass until the promise has settled. */
  async settle(promise) {
    let settled = false;
    promise.then(() => { settled = true; }, () => { settled = true; });
    await drain();
    while (!settled) {
      if (this.timers.length === 0) throw new Error('nothing is left to happen, and the promise has not settled');
      await this.step();
    }

    return promise;
  }

  async step() {
    const timer = this.timers.shift();
    this.at = Math.max(this.at, timer.at);
    timer.callback();
    await drain();
  }
}

/** The same for a real server: the phone's time runs faster than the wall's, so that its pauses are short. */
class RealTime {
  constructor(speed) {
    this.speed = speed;
    this.started = Date.now();
  }

  now() {
    return this.started + (Date.now() - this.started) * this.speed;
  }

  setTimeout(callback, milliseconds) {
    return setTimeout(callback, milliseconds / this.speed);
  }

  clearTimeout(timer) {
    clearTimeout(timer);
  }

  advance(milliseconds) {
    return new Promise(resolve => this.setTimeout(resolve, milliseconds));
  }

  settle(promise) {
    return promise;
  }
}

/** mulberry32: the same seed, the same story. */
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

module.exports = { VirtualTime, RealTime, seeded };
