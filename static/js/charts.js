// [data-chart="stacked" or "lines"]: draws the table beside it with uPlot, in the colours of the page.
// The table stays what it is: without this script, and for those who read, it says the same.
const tokenOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Hatched, so that a colour is never the only sign.
const hatch = (context, tone) => {
  const tile = document.createElement("canvas");
  const size = Math.round(8 * devicePixelRatio);
  tile.width = size;
  tile.height = size;
  const pen = tile.getContext("2d");
  pen.fillStyle = tokenOf(`${tone}-soft`) || tokenOf("surface");
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = tokenOf(tone);
  pen.lineWidth = size / 4;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
};

class Chart {
  constructor(root) {
    this.root = root;
    this.plot = root.querySelector("[data-chart-plot]");
    this.readout = root.querySelector("[data-chart-readout]");
    this.isStacked = root.dataset.chart === "stacked";
    this.read(root.querySelector("[data-chart-table]"));
    this.draw();
    this.tell(this.lastTold());
    this.listen();
  }

  read(table) {
    const heads = [...table.tHead.rows[0].cells].slice(1);
    const rows = [...table.tBodies[0].rows];
    this.names = heads.map((cell) => cell.textContent.trim());
    this.tones = heads.map((cell) => cell.dataset.tone);
    this.labels = rows.map((row) => row.cells[0].dataset.short);
    this.sentences = rows.map((row) => {
      const parts = [...row.cells].slice(1).map((cell, at) => `${this.names[at]} ${cell.textContent.trim()}`);
      return `${row.cells[0].textContent.trim()} · ${parts.join(" · ")}`;
    });
    this.values = heads.map((_head, at) =>
      rows.map(({ cells }) => (cells[at + 1].dataset.y === "" ? null : Number(cells[at + 1].dataset.y))),
    );
  }

  // The last place at which there is anything to tell.
  lastTold() {
    const places = this.labels.map((_label, at) => at).reverse();
    return places.find((at) => this.values.some((series) => series[at])) ?? this.labels.length - 1;
  }

  // Stacked bars are drawn from the highest sum down, each over the one before.
  get order() {
    const places = this.names.map((_name, at) => at);
    return this.isStacked ? places.reverse() : places;
  }

  heightsOf(place) {
    if (!this.isStacked) return this.values[place];
    return this.labels.map((_label, at) =>
      // Nothing is no bar, not one without height.
      this.values.slice(0, place + 1).reduce((sum, series) => sum + series[at], 0) || null,
    );
  }

  seriesOf(place) {
    const tone = this.tones[place];
    const colour = tokenOf(tone);
    if (this.isStacked) {
      return {
        fill: (chart) => (tone === "bad" ? hatch(chart.ctx, tone) : colour),
        stroke: colour,
        width: 1,
        paths: uPlot.paths.bars({ size: [0.6, 44] }),
        points: { show: false },
      };
    }
    return {
      stroke: colour,
      width: 2,
      dash: place ? [6, 4] : [],
      spanGaps: true,
      points: { show: true, size: 7, width: 2, fill: place ? tokenOf("surface") : colour },
    };
  }

  draw() {
    this.chart?.destroy();
    const ink = tokenOf("ink-quiet");
    const axis = {
      stroke: ink,
      font: `12px ${tokenOf("font")}`,
      grid: { stroke: tokenOf("line"), width: 1 },
      ticks: { stroke: tokenOf("line"), width: 1, size: 4 },
    };
    const last = this.labels.length - 1;
    const wholes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
    const options = {
      width: this.plot.clientWidth,
      height: this.plot.clientHeight,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: !this.isStacked } },
      scales: {
        x: { time: false, range: () => [-0.6, last + 0.6] },
        y: { range: (_chart, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 52,
          incrs: [1, 2, 3, 4, 6, 8, 13],
          values: (_chart, splits) => splits.map((at) => this.labels[at] ?? ""),
        },
        { ...axis, size: 44, ...(this.isStacked && { incrs: wholes }) },
      ],
      series: [{}, ...this.order.map((place) => this.seriesOf(place))],
      hooks: { setCursor: [(chart) => this.tell(chart.cursor.idx)] },
    };
    const data = [this.labels.map((_label, at) => at), ...this.order.map((place) => this.heightsOf(place))];
    this.chart = new uPlot(options, data, this.plot);
  }

  tell(place) {
    if (place === null || place === undefined) return;
    this.place = place;
    this.readout.textContent = this.sentences[place];
  }

  step(by) {
    const place = Math.min(Math.max(0, this.place + by), this.labels.length - 1);
    this.chart.setCursor({ left: this.chart.valToPos(place, "x"), top: 0 });
    this.tell(place);
  }

  listen() {
    this.plot.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.step(by);
    });
    new ResizeObserver(() => {
      if (this.plot.clientWidth !== this.chart.width) {
        this.chart.setSize({ width: this.plot.clientWidth, height: this.plot.clientHeight });
      }
    }).observe(this.plot);
    const again = () => this.draw();
    new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  }
}

for (const root of document.querySelectorAll("[data-chart]")) new Chart(root);
