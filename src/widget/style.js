// How a preview looks: one style sheet for all previews of the page. JavaScript, and not a text in the WebAssembly, because
// a text is smaller there: nobody has to carry it across.

/** The sheet, or `undefined` where the browser cannot make one. */
export function sheet() {
  return made;
}

const made = globalThis.CSSStyleSheet && new CSSStyleSheet();
made?.replaceSync(`
:host{
--_accent:var(--live-outline-accent-color,light-dark(#0b6a5e,#6fd6c4));
--_ink:var(--live-outline-color,light-dark(#17211f,#e8eeec));
--_muted:var(--live-outline-muted-color,light-dark(#55625e,#a0aeaa));
--_paper:var(--live-outline-background,light-dark(#fff,#131918));
--_line:var(--live-outline-border-color,light-dark(#dce4e1,#2c3735));
--_mark:var(--live-outline-highlight-color,color-mix(in oklab,var(--_accent) 18%,transparent));
--_danger:var(--live-outline-danger-color,light-dark(#b0261c,#ff9e93));
--_warn:var(--live-outline-warning-color,light-dark(#845400,#efbc66));
color-scheme:light dark;
display:flex;flex-direction:column;min-inline-size:min(100%,15em);
font-family:var(--live-outline-font,inherit);line-height:1.5;text-align:start
}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
:host([hidden]),[hidden]{display:none!important}
*,::before,::after{box-sizing:border-box}
h1,h2,h3,h4,h5,h6,p,ol{margin:0;padding:0;font:inherit;list-style:none}
button{margin:0;padding:0;font:inherit;color:inherit;background:none;border:1px solid transparent;border-radius:.4em;cursor:pointer}
:focus-visible{outline:2px solid var(--_accent);outline-offset:-1px}

[part~=base]{
container-type:inline-size;position:relative;
flex:1 1 auto;min-block-size:0;display:flex;flex-direction:column;
color:var(--_ink);background:var(--_paper);
border:1px solid var(--_line);border-radius:var(--live-outline-radius,.75em)
}
:is([part~=header],[part~=error],[part~=empty],[part~=loading],[part~=body]){padding-inline:var(--live-outline-padding,1.125em)}

[part~=header]{flex:none;padding-block:1.125em .5em;border-block-end:1px solid var(--_line)}
[part~=title]{font-size:1.5em;font-weight:700;line-height:1.2;margin-block-end:.3em}
[part~=bar]{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.25em 1em;font-size:.875em}
[part~=status]{display:flex;flex-wrap:wrap;align-items:center;column-gap:.75em;min-block-size:2em;color:var(--_muted);font-variant-numeric:tabular-nums}
[part~=status]::before{content:"";inline-size:.625em;block-size:.625em;border:.125em solid;border-radius:50%;margin-inline-end:-.125em}
[part~=status-text]{color:var(--_ink);font-weight:600}
:is([data-state=connecting],[data-state=streaming],[data-state=reconnecting]) [part~=status]::before{color:var(--_accent);border-width:.3125em}
:is([data-state=stalled],[data-state=incomplete]) [part~=status]::before{color:var(--_warn)}
[data-state=error] [part~=status]::before{color:var(--_danger);border-width:.3125em;border-radius:1px}
[data-state=done] [part~=status]::before{color:var(--_accent);border-width:0 .15em .15em 0;border-radius:0;inline-size:.45em;block-size:.8em;rotate:42deg;translate:0 -.1em;margin-inline:.15em 0}
[part~=toolbar]{display:flex;flex-wrap:wrap;align-items:center;margin-inline:-.625em}
[part~=button]{min-block-size:max(24px,2.125em);min-inline-size:24px;padding-inline:.625em;color:var(--_accent)}
[part~=button]:hover{background:var(--_mark)}
[part~=retry-button]{border-color:currentcolor;margin-inline:.625em .25em}

[part~=announcer]{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
:is([part~=error],[part~=empty],[part~=loading]){flex:none}
[part~=error-message]{margin-block-end:1.125em;padding:.625em .875em;border-inline-start:.25em solid var(--_danger);border-radius:.25em;background:color-mix(in oklab,var(--_danger) 9%,transparent);overflow-wrap:anywhere}
[part~=empty]{color:var(--_muted);padding-block-start:1.125em}
[part~=skeleton]{color:var(--_line);padding-block:1em 3.25em}
[part~=skeleton]::before,[part~=skeleton]::after{content:"";display:block;block-size:.7em;border-radius:.25em;background:currentcolor}
[part~=skeleton]::before{inline-size:46%;block-size:1em;margin-block-end:1em;margin-inline-start:2.25em}
[part~=skeleton]::after{inline-size:30%;margin-inline-start:3.35em;box-shadow:0 1.5em}
[part~=skeleton]+[part~=skeleton]{border-block-start:1px solid}

[part~=body]{flex:1 1 auto;min-block-size:0;overflow-y:auto;padding-block-end:1em;scrollbar-width:thin;scrollbar-color:var(--_line) transparent}
[part~=modules]{--_g:2.25em;margin-block-start:-1px}
[part~=page]{content-visibility:auto;contain-intrinsic-size:auto 140em}
[part~=book]{content-visibility:auto;contain-intrinsic-size:auto 4480em}

[part~=module]{padding-block:.875em 1em;border-block-start:1px solid var(--_line)}
[part~=module-heading]{position:relative;cursor:pointer;padding-inline:calc(var(--_g)/1.125) 2em;font-size:1.125em;font-weight:650;line-height:1.35}
[part~=module-heading]::before{content:attr(data-number);content:attr(data-number)/"";position:absolute;inset-inline-start:0;color:var(--_muted);font-weight:400;font-variant-numeric:tabular-nums}
[part~=module-toggle]{position:absolute;inset-inline-end:0;inset-block-start:-.1em;display:grid;place-content:center;inline-size:max(24px,1.75rem);block-size:max(24px,1.75rem);color:var(--_muted)}
[part~=module-toggle]::before{content:"";inline-size:.45em;block-size:.45em;border:solid;border-width:0 .11em .11em 0;rotate:45deg;translate:0 -.12em}
[part~=module-toggle][aria-expanded=false]::before{rotate:-45deg;translate:-.12em}
[part~=module-toggle][aria-expanded=false]:dir(rtl)::before{rotate:135deg;translate:.12em}
[part~=module-heading]:hover>[part~=module-toggle]{color:var(--_ink);background:var(--_mark)}
[part~=module]>[part~=lessons]{padding-inline-start:var(--_g);padding-block-start:.25em}

[part~=lesson]{position:relative;padding-inline-start:1.1em;padding-block:.1875em}
[part~=lesson]::before{content:"";position:absolute;inset-inline-start:0;inset-block-start:.9em;inline-size:.5em;border-block-start:1.5px solid var(--_muted);opacity:.6}
[part~=lesson]>[part~=lessons]{margin-block:.1875em -.1875em}
[part~=lesson] [part~=lesson] [part~=lesson] [part~=lesson]>[part~=lessons]{margin-inline-start:-1.1em}
[part~=section]{padding-block:.625em .125em}
[part~=section-heading]{font-weight:600;color:var(--_muted)}
[part~=section] [part~=section]{padding-inline-start:1.1em}
:is([part~=modules],[part~=modules]>[part~=page],[part~=modules]>[part~=book]>[part~=page])>:is([part~=lesson],[part~=section]){margin-inline-start:var(--_g)}

:is([part~=status]>*,[part~=button],[part~=error-message],[part~=empty]){unicode-bidi:plaintext;text-align:-webkit-match-parent;text-align:match-parent}
[data-state=idle]>[part~=header]{border:0}
:is([part~=title],[part*=-title]){unicode-bidi:isolate;text-align:-webkit-match-parent;text-align:match-parent;overflow-wrap:anywhere}
[part*=-title]{padding-inline:.2em;margin-inline:-.2em;border-radius:.2em;-webkit-box-decoration-break:clone}
[data-cut]>[part*=-title]::after,[data-cut]>*>[part*=-title]::after{content:"…"}
[data-unsettled]>[part*=-title]::after,[data-unsettled]>*>[part*=-title]::after,[part~=title][data-unsettled]::after{content:"";display:inline-block;block-size:1.05em;margin-inline:.1em -.25em;border-inline-start:.15em solid var(--_accent);vertical-align:-.17em}
:is([data-state=incomplete],[data-state=stopped],[data-state=ended],[data-state=error]) :is([data-unsettled] [part*=-title],[part~=title][data-unsettled]){background:none;&::after{content:"…";content:"…"/"";block-size:auto;border:0;margin:0;color:var(--_warn);font-weight:700;vertical-align:0}}

[part~=latest-button]{position:relative;z-index:1;flex:none;align-self:center;block-size:2.75em;margin-block:-3.5em .75em;padding-inline:1em;border-radius:2em;font-size:.875em;font-weight:600;color:var(--_paper);background:var(--_accent);box-shadow:0 .15em .75em #0003}
[part~=latest-button]:hover{background:var(--_ink)}
[part~=latest-button]:focus-visible{outline-color:var(--_ink);outline-offset:2px}

@container (inline-size<26em){[part~=modules]{--_g:1.75em}[part~=button]{padding-inline:.5em}[part~=status-counts]:not(:empty){flex-basis:100%}[part~=retry-button]{flex:1 1 100%}}
@container (inline-size>=36em){
:is([part~=header],[part~=error],[part~=empty],[part~=loading],[part~=body]){padding-inline:var(--live-outline-padding,1.75em)}
[part~=header]{padding-block-start:1.5em}
[part~=title]{font-size:1.75em}
}
@container (inline-size>=46em){
:is([part~=module],[part~=skeleton]){display:grid;grid-template-columns:minmax(0,5fr) minmax(0,7fr);column-gap:2em;padding-block:1.125em 1.25em}
[part~=module-heading]{position:sticky;inset-block-start:.5em;align-self:start;padding-block-start:.1em}
[part~=module]>[part~=lessons]{padding:0}
[part~=module]>[part~=lessons]>[part~=section]:first-child{padding-block-start:.1875em}
[part~=skeleton]::after{margin-inline-start:1.1em}
}
@media (pointer:coarse){[part~=button]{min-block-size:2.75em}}
@media (prefers-reduced-motion:no-preference){
[data-unsettled]>[part*=-title],[data-unsettled]>*>[part*=-title]{background-color:var(--_mark)}
}
@media (forced-colors:active){
[part~=toolbar]{gap:.25em;margin-inline:0}
[part~=skeleton]::before,[part~=skeleton]::after{border:1px solid;box-shadow:none}
[part~=lesson]::before{opacity:1}
}
@media print{
:host{color-scheme:light!important;display:block!important;block-size:auto!important;max-block-size:none!important}
[part~=base]{border:0;display:block}
[part~=toolbar],[part~=module-toggle],[part~=latest-button],[part~=loading]{display:none!important}
[part~=body]{overflow:visible}
:is([part~=page],[part~=book]){content-visibility:visible!important}
[part~=lessons][hidden]{display:block!important}
[part~=module-heading]{position:relative;break-after:avoid}
[part~=lesson]{break-inside:avoid}
[data-unsettled] [part*=-title]::after{display:none!important}
}
`);
