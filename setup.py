"""Packages `Resources/` as data of the library, so that an installed wheel carries models and terminologies."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["quantseg", "quantseg.*"]), "quantseg._resources"],
    # What goes into the wheel is named below; taken from the manifest, every folder of data would pass for a package.
    include_package_data=False,
    package_dir={"quantseg._resources": "Resources"},
    package_data={
        "quantseg": ["py.typed"],
        "quantseg.models": ["trusted.json"],
        "quantseg.node": ["*.jinja"],
        "quantseg.results": ["*.json", "*.jinja"],
        "quantseg.web": ["templates/*.jinja", "static/**/*"],
        # A bundle without weights keeps the folder for them.
        "quantseg._resources": ["Models/**/*", "Models/**/.gitkeep", "Terminologies/**/*", "SampleData/*", "Atlas/*"],
    },
)
