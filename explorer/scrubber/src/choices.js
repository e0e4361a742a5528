/** The words and choices in the panels' title lines: what a model lets one choose, and what is chosen. */

import { fixed, significant, words } from './format.js';
import { h, setText } from './view/dom.js';

/** Everything that depends on the model alone. @param {object} scrubber */
export function fillChoices(scrubber) {
  const { model, parts, views } = scrubber;
  const { explained } = scrubber.engine.map;
  const share = explained.slice(0, 2).reduce((sum, v) => sum + v, 0);
  const which = model.D > 1 ? '1\u20132' : '1';
  const rest = `${which}${Number.isFinite(share) ? ` \u00b7 ${Math.round(100 * share)} %` : ''}`;
  parts.mapSubtitle.replaceChildren(
    h('span', { class: 'jx-wide', text: `principal component${model.D > 1 ? 's' : ''} ${rest}${Number.isFinite(share) ? ' of variance' : ''}` }),
    h('span', { class: 'jx-narrow', text: `PC ${rest}`, title: `principal components ${which} and their share of the contexts' variance` }),
  );
  setText(parts.bulk, `${model.M - model.R} more at 1 \u2212 dt/\u03c4 = ${significant(1 - model.dtOverTau)}`);
  parts.bulk.parentElement.hidden = model.M <= model.R;
  setText(parts.activitySubtitle, 'neurons by time of peak');
  setText(parts.dimensionsSubtitle, model.D > 8 ? `first 8 principal components of the ${model.D}-dimensional context` : '');
  parts.colour.replaceChildren(...model.trials.map((column) => h('option', { value: column.name, text: words(column.name) })));
  if (scrubber.column) parts.colour.value = scrubber.column.name;
  parts.colour.disabled = model.trials.length === 0;
  const { tracks, count, components } = views.dimensions;
  parts.sliders.replaceChildren(...Array.from({ length: count }, (_, i) => h('div', {
    class: 'jx-slider', role: 'slider', tabindex: '0', 'data-index': String(i), 'aria-label': `${components ? 'principal component' : 'dimension'} ${i + 1}`,
    'aria-valuemin': fixed(tracks[i].low, 3), 'aria-valuemax': fixed(tracks[i].high, 3),
  })));
}

/** Mark which choices are on. @param {object} scrubber */
export function showChoices({ parts, views, morph, model, resting }) {
  const press = (name, on) => {
    const said = String(on);
    if (parts[name].getAttribute('aria-pressed') !== said) parts[name].setAttribute('aria-pressed', said);
  };
  const turns = model.P >= 3;
  press('view3d', turns && !views.trajectory.flat);
  press('view2d', !turns || views.trajectory.flat);
  parts.view3d.disabled = !turns;
  press('atOrigin', !resting.point);
  press('atPoint', Boolean(resting.point));
  parts.atPoint.disabled = !resting.points.length;
  press('near', views.spectrum.near);
  press('sortAll', views.activity.sort === 'all');
  press('sortTrial', views.activity.sort === 'trial');
  press('branches', views.morph.showsBranches);
  press('moduli', !views.morph.showsBranches);
  parts.branches.disabled = !views.morph.diagram;
  press('loop', morph.loop);
  setText(parts.play, morph.playing ? '\u275a\u275a' : '\u25b6');
  const action = morph.playing ? 'Pause' : 'Play';
  if (parts.play.getAttribute('aria-label') !== action) parts.play.setAttribute('aria-label', action);
  setText(parts.speed, `${morph.speed}\u00d7`);
}
