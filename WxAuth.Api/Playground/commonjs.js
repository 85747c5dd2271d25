// What a mini-program gives each file; so the page runs the very file that a mini-program requires.
window.module = { exports: {} };
