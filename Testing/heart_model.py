"""A bundle of the heart for tests: tiny, untrained, and sure to find a left ventricle somewhere."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from quantseg.models import bundle
from quantseg.models.building import build
from quantseg.models.bundle import INFERENCE, open_bundle
from quantseg.models.trust import hash_bundle, record_trusted
from quantseg.tasks.heart.training.new_bundle import start_bundle
from quantseg.training.graph import write_graph

_TINY = {
    "filters": [4, 4, 8, 8],
    "kernel_size": [3, 3, 3, 3],
    "strides": [1, 2, 2, 2],
    "upsample_kernel_size": [2, 2, 2],
    "res_block": False,
}


def write_heart_model(home: Path, name: str = "heart", members: int = 2) -> Path:
    """Put a bundle into a user's folder, trusted, in the place of a shipped one of its name; return where it lies."""
    shipped = (bundle.shipped_folder() / name).is_dir()
    folder = home / ("replacements" if shipped else "models") / name
    start_bundle(folder, "acdc" if name == "heart" else "lv-open")
    config = json.loads((folder / INFERENCE).read_text(encoding="utf-8"))
    config["network_def"] |= _TINY
    config |= {"minimum_patch": [64, 64], "patch_multiple": 8, "spacing_mm": [3.0, 3.0], "coarse_spacing_mm": 4.0}
    (folder / INFERENCE).write_text(json.dumps(config), encoding="utf-8")
    (folder / "models").mkdir(exist_ok=True)
    for member in range(members):
        save_file(_weights(config["network_def"], member), folder / "models" / f"member_{member}.safetensors")
    write_graph(open_bundle(folder, hash_bundle(folder)))
    record_trusted(folder, home / ("replacements.json" if shipped else "trusted.json"))
    return folder


def _weights(network_def: dict, seed: int) -> dict[str, torch.Tensor]:
    """Bright pixels tend to the last class, the left cavity, in a way that differs a little between members."""
    torch.manual_seed(7)
    weights = {name: tensor.detach().clone() for name, tensor in build(network_def).named_parameters()}
    torch.manual_seed(seed)
    for name, tensor in weights.items():
        tensor += 0.05 * torch.randn_like(tensor)
        if name.startswith("output_block") and name.endswith("bias"):
            tensor[-1] += 0.3
    return {name: tensor.half().contiguous() for name, tensor in weights.items()}
