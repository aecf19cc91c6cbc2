document.body.style.background = '#3366cc';
Object.assign(window, { ready: document.createElement('canvas').getContext('webgl2') !== null });
