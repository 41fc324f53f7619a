import os
import subprocess
import sys
import warnings
from pathlib import Path
from xml.etree import ElementTree

import pytest
from figure_examples import FORESTS, HOSTILE, domain_panels, leave_one_out_data
from matplotlib.figure import Figure
from review_examples import FLOWS, flow, judged_trials
from strataforest.figures.flow_diagram import flow_diagram
from strataforest.figures.forest import forest_plot
from strataforest.figures.leave_one_out import leave_one_out_plot
from strataforest.figures.of_flow import flow_rows
from strataforest.figures.overview import overview_panels
from strataforest.figures.save import FORMATS, save
from strataforest.figures.traffic_light import traffic_light
from strataforest.risk_of_bias.tools import TOOLS

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "workflow" / "scripts"
DRAW = """
import sys
from pathlib import Path
from test_save import draw_all
draw_all(Path(sys.argv[1]))
"""


def draw_all(folder):
    save(forest_plot(FORESTS["k3"]()), folder / "forest", FORMATS)
    save(forest_plot(FORESTS["hostile"]()), folder / "hostile", FORMATS)
    save(leave_one_out_plot(leave_one_out_data()), folder / "loo", FORMATS)
    save(overview_panels(domain_panels()), folder / "overview", FORMATS)
    light = traffic_light("Risk of bias", TOOLS["rob2"], judged_trials(12))
    save(light, folder / "traffic_light", FORMATS)
    save(flow_diagram("Flow", flow_rows(flow(*FLOWS["hostile"]))), folder / "flow", FORMATS)


def test_same_bytes_from_two_processes(tmp_path):
    for name, seed in (("one", "1"), ("two", "2")):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(PACKAGE), str(HERE)]),
            "SOURCE_DATE_EPOCH": seed,
            "TZ": "UTC" if seed == "1" else "Asia/Tokyo",
        }
        subprocess.run(
            [sys.executable, "-c", DRAW, str(tmp_path / name)], check=True, env=environment
        )
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 6 * len(FORMATS)
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_order_of_formats_and_repetition_do_not_matter(tmp_path):
    figure = forest_plot(FORESTS["k3"]())
    first = {p.suffix: p.read_bytes() for p in save(figure, tmp_path / "a", ("svg", "pdf", "png"))}
    again = {p.suffix: p.read_bytes() for p in save(figure, tmp_path / "b", ("png", "pdf", "svg"))}
    assert first == again


@pytest.mark.parametrize("name", FORESTS)
def test_svg_is_well_formed_and_holds_the_text(name, tmp_path):
    data = FORESTS[name]()
    (path,) = save(forest_plot(data), tmp_path / "figure", ["svg"])
    root = ElementTree.parse(path).getroot()
    written = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Study" in written
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert all(element.tag.split("}")[1] != "date" for element in root.iter())


def test_labels_of_strangers_are_drawn_literally(tmp_path):
    (path,) = save(forest_plot(FORESTS["hostile"]()), tmp_path / "figure", ["svg"])
    root = ElementTree.parse(path).getroot()
    written = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert HOSTILE[0] in written  # not set as a formula
    assert "<script>alert('&amp;')</script> \"quoted\"" in written


def test_missing_glyphs_neither_warn_nor_stop(tmp_path):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        save(forest_plot(FORESTS["hostile"]()), tmp_path / "figure", FORMATS)
    assert heard == []
    assert "北京大学第一医院 2020" in (tmp_path / "figure.svg").read_text("utf-8")


def test_pdf_and_png_carry_no_time_and_no_version(tmp_path):
    _, pdf, png = save(forest_plot(FORESTS["k3"]()), tmp_path / "figure")
    assert b"CreationDate" not in pdf.read_bytes()
    assert b"Matplotlib" not in pdf.read_bytes()
    assert b"/FontFile2" in pdf.read_bytes()  # an embedded TrueType font
    assert b"/Type3" not in pdf.read_bytes()  # what journals refuse
    assert b"Software" not in png.read_bytes()
    header = png.read_bytes()[16:24]
    width = int.from_bytes(header[:4], "big")
    assert width == pytest.approx(300 * forest_plot(FORESTS["k3"]()).get_figwidth(), abs=1)


def test_unknown_format_is_named_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="'gif': choose from svg, pdf, png"):
        save(Figure(), tmp_path / "figure", ["svg", "gif"])
    assert list(tmp_path.iterdir()) == []


def test_text_of_the_review_s_own_figures_can_be_selected(tmp_path):
    draw_all(tmp_path)
    texts = {}
    for name in ("traffic_light", "flow"):
        root = ElementTree.parse(tmp_path / f"{name}.svg").getroot()
        texts[name] = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
        pdf = (tmp_path / f"{name}.pdf").read_bytes()
        assert b"/FontFile2" in pdf and b"/Type3" not in pdf
    assert {"ZhengM2020", "D1", "+", "!", "\u2212", "low risk"} <= set(texts["traffic_light"])
    assert "Records screened (n = 11\u202f672)" in texts["flow"]
    assert HOSTILE[0] + " (n = 0)" in texts["flow"]


def test_stem_with_dots_and_new_folder(tmp_path):
    (path,) = save(Figure(figsize=(1, 1)), tmp_path / "new" / "v1.2", ["png"])
    assert path == tmp_path / "new" / "v1.2.png"
    assert path.is_file()


def test_a_failure_keeps_the_old_file_and_leaves_no_rubbish(tmp_path):
    (path,) = save(forest_plot(FORESTS["k1"]()), tmp_path / "figure", ["svg"])
    before = path.read_bytes()
    broken = forest_plot(FORESTS["k1"]())

    def fail(*_):
        raise RuntimeError("in the middle of drawing")

    broken.texts.clear()
    broken.artists[-1].draw = fail
    with pytest.raises(RuntimeError, match="in the middle"):
        save(broken, tmp_path / "figure", ["svg"])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_resolution_gives_way_before_the_renderer_does(tmp_path):
    (path,) = save(Figure(figsize=(0.2, 300)), tmp_path / "tall", ["png"])
    height = int.from_bytes(path.read_bytes()[20:24], "big")
    assert 59_000 < height <= 60_000


def test_saving_leaves_the_figure_and_the_settings_as_they_were(tmp_path):
    import matplotlib as mpl

    figure = forest_plot(FORESTS["k1"]())
    dpi, canvas, settings = figure.dpi, figure.canvas, dict(mpl.rcParams)
    save(figure, tmp_path / "figure")
    assert (figure.dpi, figure.canvas) == (dpi, canvas)
    assert dict(mpl.rcParams) == settings


def test_a_users_own_settings_change_nothing(tmp_path):
    import matplotlib as mpl

    theirs = {
        "svg.fonttype": "path",
        "pdf.compression": 0,
        "figure.dpi": 40,
        "text.antialiased": False,
        "lines.solid_capstyle": "round",
    }
    plain = save(forest_plot(FORESTS["k1"]()), tmp_path / "plain")
    with mpl.rc_context(theirs):
        other = save(forest_plot(FORESTS["k1"]()), tmp_path / "other")
    for one, two in zip(plain, other, strict=True):
        assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("name", ["svg", "pdf", "png"])
def test_a_full_disk_names_the_file_and_leaves_the_last_one(tmp_path, name):
    figure = forest_plot(FORESTS["k3"]())
    (path,) = save(figure, tmp_path / "forest", [name])
    before = path.read_bytes()
    partial = tmp_path / f"forest.{name}.partial"
    partial.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        save(figure, tmp_path / "forest", [name])
    assert caught.value.filename == str(path)
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path]
