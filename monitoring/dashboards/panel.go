package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// The grid is 24 wide. Numbers stand six in a row, other panels two or three.
const (
	width        = 24
	numberHeight = 4
	numberSize   = 32 // pixels: left to itself it depends on the width of what is said
	panelHeight  = 8
)

// The colours that mean something, the same on all dashboards.
const (
	good    = "green"
	warning = "orange"
	bad     = "red"
	neutral = "blue"
	quiet   = "#808080"
)

// perSecond is the unit of rates. Grafana's own for them says "c/s", which nobody reads as
// so many a second.
const perSecond = "suffix:/s"

// limits is where a value turns into a warning and where it is bad; zeros stand for none.
// With downward, less is worse.
type limits struct {
	warning, bad float64
	downward     bool
}

// steps has a step each for good, warning and bad, in ascending order.
func (l limits) steps(base string) cog.Builder[dashboard.ThresholdsConfig] {
	step := func(value float64, color string) dashboard.Threshold {
		return dashboard.Threshold{Value: &value, Color: color}
	}
	steps := []dashboard.Threshold{{Color: base}}
	switch {
	case l == limits{}:
	case l.downward && l.warning == 0:
		steps = []dashboard.Threshold{{Color: bad}, step(l.bad, base)}
	case l.downward:
		steps = []dashboard.Threshold{{Color: bad}, step(l.bad, warning), step(l.warning, base)}
	case l.warning == 0:
		steps = append(steps, step(l.bad, bad))
	default:
		steps = append(steps, step(l.warning, warning), step(l.bad, bad))
	}
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(steps)
}

// figure is what all kinds of panels have.
type figure struct {
	title, unit string
	description string // what it is, what is normal, and what to do about it
	limits      limits
	reach       float64 // what an axis shows at least; zero stands for what is usual for the unit
	queries     []query
}

// reaches is up to where the axis goes in any case. Without it Grafana draws what is always
// 0 on an axis to 100.
func (f figure) reaches() float64 {
	usual := map[string]float64{"percentunit": 0.01, "s": 0.001, "bytes": 1024}
	switch {
	case f.reach != 0:
		return f.reach
	case usual[f.unit] != 0:
		return usual[f.unit]
	default:
		return 1
	}
}

// number is one figure as it is now, with a line of how it came: for what is mostly 0.
func (f figure) number(base string) *stat.PanelBuilder {
	p := stat.NewPanelBuilder().Title(f.title).Description(f.description).Unit(f.unit).Datasource(datasource()).
		Height(numberHeight).Span(width / 6).Min(0).
		Thresholds(f.limits.steps(base)).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		ColorMode(common.BigValueColorModeValue).GraphMode(common.BigValueGraphModeArea).Orientation(common.VizOrientationAuto).
		Text(common.NewVizTextDisplayOptionsBuilder().ValueSize(numberSize)).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}))
	for i, q := range f.queries {
		p.WithTarget(q.target(i))
	}
	return p
}

// level is one figure as it is now, of what is mostly near its maximum: a line of how it
// came would run through the digits.
func (f figure) level(base string) *stat.PanelBuilder {
	return f.number(base).GraphMode(common.BigValueGraphModeNone)
}

// lines are figures over time. So many stand side by side.
func (f figure) lines(side uint32) *timeseries.PanelBuilder {
	style := common.GraphThresholdsStyleModeOff
	if f.limits != (limits{}) {
		style = common.GraphThresholdsStyleModeDashed
	}
	p := timeseries.NewPanelBuilder().Title(f.title).Description(f.description).Unit(f.unit).Datasource(datasource()).
		Height(panelHeight).Span(width / side).Min(0).AxisSoftMin(0).AxisSoftMax(f.reaches()).
		Thresholds(f.limits.steps("transparent")).
		ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(style)).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdPaletteClassic)).
		DrawStyle(common.GraphDrawStyleLine).LineWidth(1).FillOpacity(10).ShowPoints(common.VisibilityModeNever).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	for i, q := range f.queries {
		p.WithTarget(q.target(i))
	}
	return p
}

// byPod are figures of replicas over time. What is filled would hide what is equal to it.
func (f figure) byPod(side uint32) *timeseries.PanelBuilder {
	return f.lines(side).FillOpacity(0)
}

// stacked are figures over time that make a whole. They have no lines: that of a figure
// which is 0 would be the upper edge of what lies below it.
func (f figure) stacked(side uint32) *timeseries.PanelBuilder {
	return f.lines(side).LineWidth(0).FillOpacity(60).Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal))
}

// colored gives a series its colour by name.
func colored(p *timeseries.PanelBuilder, colors ...[2]string) *timeseries.PanelBuilder {
	for _, c := range colors {
		p.OverrideByName(c[0], []dashboard.DynamicConfigValue{
			{Id: "color", Value: map[string]string{"mode": "fixed", "fixedColor": c[1]}},
		})
	}
	return p
}

// unlisted keeps the line "none" of expressions out of the legend: it would stay there when
// there are others.
func unlisted(p *timeseries.PanelBuilder) *timeseries.PanelBuilder {
	return p.OverrideByName(noSeries, []dashboard.DynamicConfigValue{
		{Id: "custom.hideFrom", Value: map[string]bool{"legend": true, "tooltip": true, "viz": false}},
		{Id: "color", Value: map[string]string{"mode": "fixed", "fixedColor": quiet}},
	})
}

// heat is a histogram over time. Two stand side by side.
func heat(title, description, unit, histogram string) *heatmap.PanelBuilder {
	q := query{`sum by (le) (increase(` + histogram + `_bucket{@}[rate]))`, "{{le}}"}
	return heatmap.NewPanelBuilder().Title(title).Description(description).Unit(unit).Datasource(datasource()).
		Height(panelHeight).Span(width / 2).MaxDataPoints(80).
		Thresholds(limits{}.steps(neutral)).
		YAxis(heatmap.NewYAxisConfigBuilder().Unit(unit)).
		Color(heatmap.NewHeatmapColorOptionsBuilder().Mode(heatmap.HeatmapColorModeScheme).Scheme("Blues").
			Scale(heatmap.HeatmapColorScaleExponential).Exponent(0.5).Steps(64)).
		Tooltip(heatmap.NewHeatmapTooltipBuilder().Mode(common.TooltipDisplayModeSingle)).
		CellGap(1).CellValues(heatmap.NewCellValuesBuilder().Unit("short").Decimals(0)).
		WithTarget(q.target(0).Format(prometheus.PromQueryFormatHeatmap))
}

// bars compares replicas as they are now.
func (f figure) bars(side uint32) *bargauge.PanelBuilder {
	p := bargauge.NewPanelBuilder().Title(f.title).Description(f.description).Unit(f.unit).Datasource(datasource()).
		Height(panelHeight).Span(width / side).Min(0).
		Thresholds(f.limits.steps(neutral)).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)).
		Orientation(common.VizOrientationHorizontal).DisplayMode(common.BarGaugeDisplayModeBasic).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}))
	for i, q := range f.queries {
		p.WithTarget(q.target(i).Instant())
	}
	return p
}
