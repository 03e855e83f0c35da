"""How calls go where no log says so: shares and durations (seconds) of the live rehearsal and of the simulation alike.

All are judgements made for rehearsal, not clinical findings; a region, a scenario or a fit replaces them.
"""

from __future__ import annotations

from typing import Final

CONDITIONAL_NEED_SHARE: Final = 0.35  # a need that counts only for some patients applies to this share of them
TRANSPORT_SHARE: Final = {"yes": 0.95, "likely": 0.70, "no": 0.10}
BYSTANDER_CPR_SHARE: Final = 0.40
ON_SCENE_S: Final = (900.0, 0.45)  # median, sigma of the lognormal
OFFLOAD_S: Final = (1200.0, 0.50)
TO_PATIENT_S: Final = (50.0, 0.50)
CALL_TAKING_S: Final = 45.0  # from the ring to the choice; NFPA 1225 (2022) asks for 60 s at 90 %
NOTIFY_S: Final = 3.0
STARTING_S: Final = 10.0  # a unit on the road turns to the call
HANDOVER_S: Final = 30.0
MEDICAL_CONTROL_S: Final = 120.0
ORDER_VALID_S: Final = 1800.0
CLEAR_S: Final = 60.0
TURNAROUND_S: Final = 300.0
WAIT_FOR_CARE_S: Final = 360.0  # how long a transporting crew waits on scene for more capable help under way
CARE_S: Final = 60.0
CARE_S_BY_CATEGORY: Final = {
    "airway_ventilation_oxygenation": 40.0,
    "cardiovascular_circulation": 30.0,
    "splinting_spinal_wound": 90.0,
    "medication_routes": 45.0,
    "medications_assisted": 45.0,
    "vascular_access": 120.0,
    "misc_trauma_obstetric": 120.0,
    "monitoring_assessment": 45.0,
    "psych_other": 120.0,
    "medications_formulary": 60.0,
}
# What goes on until somebody stops it or takes it over.
RUNNING: Final = frozenset(
    {
        "bag_valve_mask",
        "blood_product_maintain",
        "cpap",
        "cpr",
        "etco2_waveform_capnography",
        "iv_access",
        "iv_fluid_bolus",
        "iv_maintenance_medicated",
        "iv_maintenance_nonmedicated",
        "mechanical_cpr_device",
        "oxygen_nasal_cannula",
        "oxygen_nrb",
        "transcutaneous_pacing",
        "vasopressor_infusion",
    }
)
